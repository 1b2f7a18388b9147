"""From a deposit on a chain to a slot in the Arena, with processes that are killed on the way."""
