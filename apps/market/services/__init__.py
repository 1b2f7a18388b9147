"""The verbs of the market: choose a source, ingest, backfill."""
