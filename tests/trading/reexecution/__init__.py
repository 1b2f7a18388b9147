"""Decisions executed again: identical, or different at the right place."""
