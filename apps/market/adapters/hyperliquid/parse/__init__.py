"""Strict parsing of Hyperliquid info answers: an unreadable row is left out and named, another shape is refused whole."""

from apps.core.errors import AdapterError
from apps.market.adapters.hyperliquid.parse.books import book
from apps.market.adapters.hyperliquid.parse.candles import candles
from apps.market.adapters.hyperliquid.parse.contexts import Universe, all_mids, context, universe
from apps.market.adapters.hyperliquid.parse.funding import FundingPage, funding_history
from apps.market.adapters.hyperliquid.parse.registry import meta

__all__ = [
    "AdapterError",
    "FundingPage",
    "Universe",
    "all_mids",
    "book",
    "candles",
    "context",
    "funding_history",
    "meta",
    "universe",
]
