"""The page of acts that wait for a second person."""
