"""Candles made by hand, for the tests of the candle store."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apps.core.moments import to_micros, to_ms
from apps.market.models import Asset
from apps.market.types import MINUTE_MS, Bar
from apps.market.types.blocks import CandleRow
from tests.market.places import START

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MIDNIGHT = START.replace(hour=0)


def make_asset(symbol: str = "BTC", *, base_interval_ms: int = MINUTE_MS) -> Asset:
    """A registered asset without a single candle."""
    return Asset.objects.create(
        symbol=symbol,
        size_decimals=5,
        max_leverage=40,
        source="synthetic",
        base_interval_ms=base_interval_ms,
        created_at=MIDNIGHT,
    )


def bar(at: datetime, close: int = 100, *, volume: int = 10) -> Bar:
    """A bar that opens at `at` around a close in dollars."""
    micros = close * 1_000_000
    return Bar(to_ms(at), micros, micros + 5_000, micros - 5_000, micros, volume)


def row(
    asset: Asset,
    at: datetime,
    close: int = 100,
    *,
    interval_ms: int = MINUTE_MS,
    volume: int = 10,
    known: datetime | None = None,
) -> CandleRow:
    """One candle ready to be written, known at its close unless told otherwise."""
    close_at = at + timedelta(milliseconds=interval_ms)
    values = bar(at, close, volume=volume)
    return CandleRow(asset.pk, interval_ms, *values, asset.source, to_micros(known or close_at))


def minutes(asset: Asset, start: datetime, closes: Sequence[int]) -> list[CandleRow]:
    """Unbroken minutes from `start` on."""
    return [row(asset, start + place * MINUTE, close) for place, close in enumerate(closes)]
