"""What memory knew of one asset at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.exchange.types import Quote
from apps.market.types.prices import CandleValue


@dataclass(frozen=True, slots=True)
class MarketMemory:
    """All that was knowable of one asset at one moment."""

    symbol: str
    at: datetime
    quote: Quote | None
    candles: Mapping[int, list[CandleValue]]
    max_knowable_at: datetime | None
