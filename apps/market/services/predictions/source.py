"""Which source of prediction markets goes with the chosen price source."""

from functools import lru_cache

from django.conf import settings

from apps.market.adapters.polymarket.client import GammaClient
from apps.market.adapters.polymarket.source import PolymarketSource
from apps.market.adapters.port import PredictionSource
from apps.market.adapters.synthetic.predictions import SyntheticPredictions
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.services import sources
from apps.market.types import SourceName


def prediction_source() -> PredictionSource | None:
    """Return Polymarket beside live prices, made-up markets beside synthetic ones, None beside a recording.

    Raises NotFound before a price source is chosen.
    """
    prices = sources.current()
    if isinstance(prices, SyntheticSource):
        return SyntheticPredictions(prices)
    if prices.name == SourceName.HYPERLIQUID:
        return _polymarket(settings.POLYMARKET_URL)
    return None


@lru_cache(maxsize=4)
def _polymarket(url: str) -> PolymarketSource:
    return PolymarketSource(GammaClient(url))
