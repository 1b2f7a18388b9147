"""The channels of the price source: registry, candles, quotes, books, contexts and funding, one module each."""
