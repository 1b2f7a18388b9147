"""Queries of several apps brought together into plain dicts, one module per page."""
