"""Management commands of the economy app."""
