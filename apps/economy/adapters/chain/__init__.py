"""Reading a chain: the port, and what asks real servers."""
