"""Read-only lists of market memory in the operator's site."""

from apps.market.admin import (
    asset,
    book,
    candle,
    capital,
    context,
    ingestion,
    prediction,
    quote,
    rejection,
    source,
)

__all__ = [
    "asset",
    "book",
    "candle",
    "capital",
    "context",
    "ingestion",
    "prediction",
    "quote",
    "rejection",
    "source",
]
