"""Derived features: against another library, against definitions, and the same bits every time; no database."""
