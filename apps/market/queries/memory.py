"""The one read that decisions and backtests share: all that was knowable of an asset at a moment."""

from collections.abc import Mapping
from datetime import datetime

from apps.core.moments import from_ms
from apps.market.queries.candles import closed_candles
from apps.market.queries.prices import latest_quote
from apps.market.types import FIVE_MINUTES_MS, HOUR_MS, MINUTE_MS, MarketMemory

DEFAULT_MEMORY: Mapping[int, int] = {MINUTE_MS: 120, FIVE_MINUTES_MS: 60, HOUR_MS: 24}


def memory_at(symbol: str, *, at: datetime, candles: Mapping[int, int] = DEFAULT_MEMORY) -> MarketMemory:
    """Return the price and candles (interval in ms -> how many) of one asset that were knowable at `at`."""
    series = {
        length: closed_candles(symbol, interval_ms=length, at=at, limit=limit)
        for length, limit in candles.items()
    }
    quote = latest_quote(symbol, at=at)
    moments = [candle.knowable_at for bars in series.values() for candle in bars]
    if quote is not None:
        moments.append(from_ms(quote.at_ms))
    return MarketMemory(symbol, at, quote, series, max(moments, default=None))
