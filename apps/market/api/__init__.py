"""The market's part of /api/v1."""
