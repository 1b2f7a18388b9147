"""How much of an asset's missing candles one cycle fetches."""

from datetime import datetime, timedelta

from apps.market.models import Asset

WARM_UP = timedelta(hours=6)
WARM_UP_BARS = 200
MAX_BARS = 1_500
"""At most this many candles of an asset are fetched in one cycle."""


def window(asset: Asset, interval_ms: int, *, now: datetime, horizon: datetime) -> tuple[datetime, datetime]:
    """Return (start, end] of the closes that an asset still lacks: a bounded piece, so a backlog is worked off."""
    length = timedelta(milliseconds=interval_ms)
    start = asset.candles_until or now - max(WARM_UP, WARM_UP_BARS * length)
    start = max(start, now - MAX_BARS * length)
    return start, min(horizon, start + MAX_BARS * length)
