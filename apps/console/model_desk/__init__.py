"""The page of models: what they cost today, which routes serve, how they fail, and what stops them."""
