"""Unsaved prices: of a tick that the guard accepted, or of a candle's close."""

from datetime import datetime, timedelta

from apps.market.adapters.port import MarketSource
from apps.market.models import Asset, Candle, Quote
from apps.market.types import PricedTick


def quote_row(asset: Asset, tick: PricedTick, at: datetime, *, knowable_at: datetime | None = None) -> Quote:
    """Return an unsaved price of the moment `at`, knowable then unless told otherwise."""
    return Quote(
        asset=asset,
        at=at,
        mark_micros=tick.mark_micros,
        oracle_micros=tick.oracle_micros,
        mid_micros=tick.mid_micros,
        funding_rate_e10=tick.funding_rate_e10,
        source=asset.source,
        knowable_at=knowable_at or at,
    )


def close_quote(source: MarketSource, row: Candle) -> Quote:
    """Return a candle's close as a price: mark = oracle = mid, with the funding rate known then."""
    at = row.open_at + timedelta(milliseconds=row.interval_ms)
    rate = source.funding_rate_e10(symbol=row.asset.symbol, at=at)
    close = row.close_micros
    return quote_row(row.asset, PricedTick(close, close, close, rate), at, knowable_at=row.knowable_at)
