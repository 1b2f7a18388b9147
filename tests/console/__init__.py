"""The operator's site, without a browser."""
