"""Models: what is asked, what it costs, and what becomes of every way to fail."""
