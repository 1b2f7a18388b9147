"""The tables of market memory, one aggregate per file."""

from apps.market.models.asset import Asset, PriceRejection
from apps.market.models.book import BookSnapshot
from apps.market.models.candle import Candle, CandleBlock, CandleRevision
from apps.market.models.capital import CapitalPoint, CapitalRejection
from apps.market.models.context import AssetContext, FundingRate
from apps.market.models.ingestion import IngestionRun
from apps.market.models.prediction import (
    PredictionDefinition,
    PredictionEvent,
    PredictionLink,
    PredictionMarket,
    PredictionSnapshot,
)
from apps.market.models.quote import Quote
from apps.market.models.source import MarketSourceState

__all__ = [
    "Asset",
    "AssetContext",
    "BookSnapshot",
    "Candle",
    "CandleBlock",
    "CandleRevision",
    "CapitalPoint",
    "CapitalRejection",
    "FundingRate",
    "IngestionRun",
    "MarketSourceState",
    "PredictionDefinition",
    "PredictionEvent",
    "PredictionLink",
    "PredictionMarket",
    "PredictionSnapshot",
    "PriceRejection",
    "Quote",
]
