"""Proving signatures: arithmetic, a real chain, and servers that misbehave."""
