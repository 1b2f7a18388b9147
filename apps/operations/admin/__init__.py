"""The operator's pages of operations."""
