"""The candles' channel: what closed since the last cycle, with a price at each close while the clock is late."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from apps.market.models import Asset, Candle, Quote
from apps.market.services import candles
from apps.market.services.outcome import Outcome
from apps.market.services.prices import close_quote
from apps.market.services.venue.cycle import Cycle


def ingest_candles(cycle: Cycle, outcome: Outcome) -> None:
    rows: list[Candle] = []
    untils: dict[int, datetime] = {}
    for asset in cycle.assets:
        outcome.attempt(f"candles {asset.symbol}", partial(_collect, cycle, asset, rows, untils))
    closes = [row for row in rows if row.interval_ms == row.asset.base_interval_ms and cycle.is_history]
    prices = [close_quote(cycle.source, row) for row in closes]
    with transaction.atomic():
        candles.write(rows)
        candles.advance_cursor(cycle.assets, untils, column="candles_until")
        if prices:
            Quote.objects.bulk_create(prices, batch_size=candles.BATCH_ROWS, ignore_conflicts=True)
            candles.advance_cursor(cycle.assets, untils, column="quotes_until")


def _collect(cycle: Cycle, asset: Asset, rows: list[Candle], untils: dict[int, datetime]) -> int:
    """Fetch one asset's missing candles of every length the source has, and derive the longer ones."""
    own = cycle.source.intervals(asset.symbol)
    base = timedelta(milliseconds=own[0])
    if asset.candles_until is not None and cycle.horizon < asset.candles_until + base:
        return 0
    found: list[Candle] = []
    for length in own:
        start, end = candles.window(asset, length, now=cycle.now, horizon=cycle.horizon)
        bars = cycle.source.candles(symbol=asset.symbol, interval_ms=length, start=start, end=end)
        fresh = candles.rows_of(asset, length, bars, written_at=cycle.now)
        if fresh and length == own[0]:
            untils[asset.pk] = fresh[-1].open_at + base
            found += candles.derive(asset, fresh, own=own)
        found += fresh
    rows += found
    return len(found)
