"""Management commands of the trading app."""
