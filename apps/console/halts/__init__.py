"""The page of kill switches: what holds trading back, since when, by whom, and the way to set or lift it."""
