"""Commands of decisions, one a module."""
