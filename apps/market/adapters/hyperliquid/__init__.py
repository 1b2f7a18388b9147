"""The live venue over HTTP: its info API, parsed strictly."""
