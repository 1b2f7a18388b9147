"""The tables of market memory, one aggregate per file."""

from apps.market.models.asset import Asset, PriceRejection
from apps.market.models.book import BookSnapshot
from apps.market.models.candle import Candle
from apps.market.models.ingestion import IngestionRun
from apps.market.models.quote import Quote
from apps.market.models.source import MarketSourceState

__all__ = [
    "Asset",
    "BookSnapshot",
    "Candle",
    "IngestionRun",
    "MarketSourceState",
    "PriceRejection",
    "Quote",
]
