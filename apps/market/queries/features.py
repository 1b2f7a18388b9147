"""Derived features of candles, computed from a fixed window and shared by everybody who asks about the same one."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from apps.core.moments import from_ms
from apps.market.features.indicators import indicators
from apps.market.features.volatility import volatility
from apps.market.queries.registry import get_asset
from apps.market.queries.windows import KEPT_WINDOWS, read_windows
from apps.market.types import CandleWindow, Features, Indicators, Volatility

FEATURE_CANDLES = 200
"""Every feature is a function of so many closed candles (fewer where memory has fewer) and of nothing else."""


def features_at(symbol: str, *, interval_ms: int, at: datetime) -> Features:
    """Return the features of one asset's candles of one length that were knowable at `at`.

    Raises NotFound for an unknown asset; where there are too few candles the values are None.
    """
    return features_of({symbol: get_asset(symbol).pk}, interval_ms=interval_ms, at=at)[symbol]


def features_of(assets: Mapping[str, int], *, interval_ms: int, at: datetime) -> dict[str, Features]:
    """Return the features of every asset (symbol -> key), as `features_at` would, in one read for all."""
    windows = read_windows(assets, interval_ms=interval_ms, at=at, limit=FEATURE_CANDLES)
    return from_windows(assets, windows, interval_ms=interval_ms)


def from_windows(
    symbols: Iterable[str], windows: Mapping[str, CandleWindow], *, interval_ms: int
) -> dict[str, Features]:
    """Return the features of windows of `FEATURE_CANDLES`; those of a symbol without one are empty."""
    return {
        symbol: _derive(windows[symbol]) if symbol in windows else _nothing(symbol, interval_ms)
        for symbol in symbols
    }


@lru_cache(maxsize=KEPT_WINDOWS)
def _derive(window: CandleWindow) -> Features:
    """Compute once for each window: it is the same object for all who share it."""
    highs, lows, closes = window.high_micros, window.low_micros, window.close_micros
    return Features(
        symbol=window.symbol,
        interval_ms=window.interval_ms,
        closed_at=from_ms(window.closed_ms),
        candles_count=len(closes),
        missing_count=window.missing_count,
        indicators=indicators(closes),
        volatility=volatility(highs, lows, closes, interval_ms=window.interval_ms),
        knowable_at=window.knowable_at,
    )


def _nothing(symbol: str, interval_ms: int) -> Features:
    return Features(symbol, interval_ms, None, 0, 0, Indicators(), Volatility(), None)
