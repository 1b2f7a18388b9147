"""The page of market data: how fresh every channel and price is, what is held back, and how much is stored."""
