"""The domains, one Django app each; the map is docs/architecture.md."""
