"""The outside systems that decisions ask: models."""
