"""Derived features: pure functions of a window of candles, a book or positioning; integers in, integers out."""
