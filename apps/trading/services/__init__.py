"""Verbs of prop trading: keyword-only, one transaction each, the clock passed in."""
