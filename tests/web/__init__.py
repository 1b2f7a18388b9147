"""The player's pages, without a browser."""
