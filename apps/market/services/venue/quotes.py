"""The quotes' channel: prices of now, or of the moments ahead of a fast clock, past the guard."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.market import queries
from apps.market.models import Quote
from apps.market.services import candles
from apps.market.services.guard import Guard
from apps.market.services.outcome import Outcome
from apps.market.services.prices import quote_row
from apps.market.services.venue.cycle import Cycle

TAPE_STEP = timedelta(seconds=10)
"""A predetermined source is written ahead of a fast clock in these steps (below every price-age limit)."""


def ingest_quotes(cycle: Cycle, outcome: Outcome) -> None:
    cycle.moments = _moments(cycle)
    by_symbol = {asset.symbol: asset for asset in cycle.assets}
    if not cycle.moments or not by_symbol:
        return
    known = queries.latest_quotes(by_symbol, at=cycle.moments[0])
    guard = Guard(cycle.assets, {symbol: quote.mark_micros for symbol, quote in known.items()})
    rows: list[Quote] = []
    untils: dict[int, datetime] = {}
    for at in cycle.moments:
        ticks = {tick.symbol: tick for tick in cycle.source.quotes(symbols=list(by_symbol), at=at)}
        for symbol, asset in by_symbol.items():
            tick = guard.accept(symbol, ticks.get(symbol), at=at)
            if tick is not None:
                untils[asset.pk] = at
                rows.append(quote_row(asset, tick, at))
    outcome.seen, outcome.written = len(by_symbol), len(rows)
    outcome.errors = [f"{symbol}: {fault.value}" for symbol, fault in sorted(guard.refused.items())]
    with transaction.atomic():
        Quote.objects.bulk_create(rows, batch_size=candles.BATCH_ROWS, ignore_conflicts=True)
        candles.advance_cursor(cycle.assets, untils, column="quotes_until")
        guard.store()


def _moments(cycle: Cycle) -> list[datetime]:
    """Return the moments to price: now, or for a fast clock the steps of the tape that are not yet written.

    None while the clock runs through a live venue's history: its candles bring the prices.
    """
    if cycle.is_history:
        return []
    now = cycle.now.replace(microsecond=0)
    written = max((asset.quotes_until for asset in cycle.assets if asset.quotes_until), default=None)
    if not cycle.source.is_predetermined:
        return [now]
    if cycle.horizon <= cycle.now:
        return [now] if written is None or written < now else []
    first = now if written is None else max(written + TAPE_STEP, now)
    count = max(0, (cycle.horizon - first) // TAPE_STEP + 1)
    return [first + step * TAPE_STEP for step in range(count)]
