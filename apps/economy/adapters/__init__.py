"""How a chain is asked."""
