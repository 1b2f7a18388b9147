"""Unsaved prices: of a tick that the guard accepted, or of a candle's close."""

from datetime import datetime

from apps.market.adapters.port import MarketSource
from apps.market.models import Asset, Quote
from apps.market.types import PricedTick
from apps.market.types.blocks import CandleRow


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


def close_quote(source: MarketSource, asset: Asset, row: CandleRow) -> Quote:
    """Return a candle's close as a price: mark = oracle = mid, with the funding rate known then."""
    rate = source.funding_rate_e10(symbol=asset.symbol, at=row.close_at)
    close = row.close_micros
    tick = PricedTick(close, close, close, rate)
    return quote_row(asset, tick, row.close_at, knowable_at=row.knowable_at)
