"""The islands of the pages and how they are built."""
