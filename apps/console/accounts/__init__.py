"""The page of one prop account: what it is worth, why, what it did, what was decided about it, and what can be."""
