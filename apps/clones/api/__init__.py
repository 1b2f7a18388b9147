"""The clones routes of /api/v1."""
