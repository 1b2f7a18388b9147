"""The users routes of /api/v1."""
