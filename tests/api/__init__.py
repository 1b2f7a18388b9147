"""The API as a whole, from its own document."""
