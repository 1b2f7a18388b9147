"""The exchange kernel: vectors, gates one by one, and properties over random programmes; no database."""
