"""The candles' channel: what closed since the last cycle, with a price at each close while the clock is late."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from apps.market.models import Asset, Quote
from apps.market.services import candles, windows
from apps.market.services.outcome import Outcome
from apps.market.services.prices import close_quote
from apps.market.services.venue.cycle import Cycle
from apps.market.types.blocks import CandleRow

ASK_AGAIN_FOR = timedelta(minutes=10)
"""A candle that was refused is asked for again for so long, then left to `backfill_market`."""


def ingest_candles(cycle: Cycle, outcome: Outcome) -> None:
    rows: list[CandleRow] = []
    untils: dict[int, datetime] = {}
    for asset in cycle.assets:
        outcome.attempt(f"candles {asset.symbol}", partial(_collect, cycle, outcome, asset, rows, untils))
        newest = untils.get(asset.pk, asset.candles_until)
        if newest is not None:
            outcome.saw(newest)
    prices = _closes(cycle, rows) if cycle.is_history else []
    with transaction.atomic():
        candles.write(rows, now=cycle.known_at(cycle.now))
        candles.advance_cursor(cycle.assets, untils, column="candles_until")
        if prices:
            Quote.objects.bulk_create(prices, batch_size=candles.BATCH_ROWS, ignore_conflicts=True)
            candles.advance_cursor(cycle.assets, untils, column="quotes_until")


def _closes(cycle: Cycle, rows: list[CandleRow]) -> list[Quote]:
    """Each close of each asset's shortest candle as a price."""
    assets = {asset.pk: asset for asset in cycle.assets}
    return [
        close_quote(cycle.source, assets[row.asset_id], row)
        for row in rows
        if row.interval_ms == assets[row.asset_id].base_interval_ms
    ]


def _collect(
    cycle: Cycle, outcome: Outcome, asset: Asset, rows: list[CandleRow], untils: dict[int, datetime]
) -> int:
    """Fetch one asset's missing candles of every length the source has, and derive the longer ones."""
    own = cycle.source.intervals(asset.symbol)
    base = timedelta(milliseconds=own[0])
    if asset.candles_until is not None and cycle.horizon < asset.candles_until + base:
        return 0
    found: list[CandleRow] = []
    for length in own:
        start, end = windows.window(asset, length, now=cycle.now, horizon=cycle.horizon)
        known = len(outcome.errors)
        bars = cycle.source.candles(symbol=asset.symbol, interval_ms=length, start=start, end=end)
        for line in cycle.source.rejected():
            outcome.leave_out(line)
        what = f"candle {asset.symbol} {length}"
        sound = candles.sound_bars(
            bars, interval_ms=length, horizon=cycle.horizon, what=what, outcome=outcome
        )
        fresh = candles.rows_of(asset, length, sound, written_at=cycle.known_at(cycle.now))
        if fresh and length == own[0]:
            is_crooked = len(outcome.errors) > known
            untils[asset.pk] = _hole(fresh, start, cycle.now) if is_crooked else fresh[-1].close_at
            found += candles.derive(asset, fresh, own=own)
        found += fresh
    rows += found
    return len(found)


def _hole(fresh: list[CandleRow], start: datetime, now: datetime) -> datetime:
    """Where to ask again after a refused candle: the first hole of the last minutes, else past the newest candle."""
    reached = start
    for row in fresh:
        if row.open_at > reached >= now - ASK_AGAIN_FOR:
            return reached
        reached = row.close_at
    return reached
