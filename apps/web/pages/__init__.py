"""The player's pages: one domain composition each, then a template."""
