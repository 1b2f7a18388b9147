"""Recorded candles behind the port, in the formats of the shared recordings."""
