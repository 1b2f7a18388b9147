"""The simulated exchange: the trading vocabulary as frozen values and pure functions over them."""
