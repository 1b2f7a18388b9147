"""The outside systems that vouch for a person's address."""
