"""The terminal routes of /api/v1."""
