"""The quotes' channel: prices of now, or of the moments ahead of a fast clock, past the guard."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from apps.core.errors import AdapterError
from apps.exchange.types import Quote as ExchangeQuote
from apps.market import queries
from apps.market.models import Asset, Quote
from apps.market.services import candles
from apps.market.services.guard import Guard
from apps.market.services.outcome import Outcome
from apps.market.services.prices import quote_row
from apps.market.services.venue.cycle import Cycle
from apps.market.types import PriceFault, QuoteTick

FROZEN_AFTER = timedelta(minutes=1)
FROZEN_ASSETS = 3
"""A live answer in which at least so many assets, all there are, have not moved for so long is not believed."""
TAPE_STEP = timedelta(seconds=10)
"""A predetermined source is written ahead of a fast clock in these steps (below every price-age limit)."""


def ingest_quotes(cycle: Cycle, outcome: Outcome) -> None:
    """Price every tracked asset at each moment due; what the guard refuses is counted with its reason."""
    cycle.moments = _moments(cycle)
    by_symbol = {asset.symbol: asset for asset in cycle.assets}
    _see_what_is_written(cycle, outcome)
    if not cycle.moments or not by_symbol:
        return
    known = queries.latest_quotes(by_symbol, at=cycle.moments[0])
    good = {symbol: quote.mark_micros for symbol, quote in known.items()}
    guard = Guard(cycle.assets, good, witness=partial(_other_channels, cycle))
    rows: list[Quote] = []
    untils: dict[int, datetime] = {}
    for at in cycle.moments:
        ticks = {tick.symbol: tick for tick in cycle.source.quotes(symbols=list(by_symbol), at=at)}
        known_at = cycle.known_at(at)
        is_frozen = _is_frozen(cycle, ticks, known, at)
        for symbol, asset in by_symbol.items():
            tick = ticks.get(symbol)
            if is_frozen and tick is not None:
                guard.refuse(symbol, PriceFault.STALE, at=at, micros=tick.mark_micros)
                continue
            priced = guard.accept(symbol, tick, at=at)
            if priced is not None:
                untils[asset.pk] = at
                outcome.saw(at)
                rows.append(quote_row(asset, priced, at, knowable_at=known_at))
    outcome.seen, outcome.written = len(by_symbol), len(rows)
    outcome.errors = [f"{symbol}: {fault.value}" for symbol, fault in sorted(guard.refused.items())]
    with transaction.atomic():
        Quote.objects.bulk_create(rows, batch_size=candles.BATCH_ROWS, ignore_conflicts=True)
        candles.advance_cursor(cycle.assets, untils, column="quotes_until")
        guard.store()


def _see_what_is_written(cycle: Cycle, outcome: Outcome) -> None:
    """A tape that is written ahead, by this channel or by the candles of a late clock, is data seen."""
    if cycle.is_history or cycle.source.is_predetermined:
        for asset in cycle.assets:
            if asset.quotes_until is not None:
                outcome.saw(asset.quotes_until)


def _other_channels(cycle: Cycle, asset: Asset, at: datetime) -> Iterator[int]:
    """A closed minute since the last good price, then the middle of the book of this moment."""
    last = queries.closed_candles(asset.symbol, interval_ms=asset.base_interval_ms, at=at, limit=1)
    if last and asset.quotes_until is not None and last[-1].close_at > asset.quotes_until:
        yield last[-1].close_micros
    try:
        book = cycle.source.book(symbol=asset.symbol, at=at)
    except AdapterError:
        return
    if book is not None and book.bids and book.asks:
        yield (book.bids[0][0] + book.asks[0][0]) // 2


def _is_frozen(
    cycle: Cycle, ticks: Mapping[str, QuoteTick], known: Mapping[str, ExchangeQuote], at: datetime
) -> bool:
    """Whether a live answer repeats every price of a minute ago: a stuck copy, since oracles move in seconds."""
    if cycle.source.is_predetermined or len(ticks) < FROZEN_ASSETS:
        return False
    if any(not _is_same(known.get(symbol), tick) for symbol, tick in ticks.items()):
        return False
    before = queries.latest_quotes(ticks, at=at - FROZEN_AFTER)
    return all(_is_same(before.get(symbol), tick) for symbol, tick in ticks.items())


def _is_same(quote: ExchangeQuote | None, tick: QuoteTick) -> bool:
    prices = (tick.mark_micros, tick.oracle_micros, tick.mid_micros)
    return quote is not None and (quote.mark_micros, quote.oracle_micros, quote.mid_micros) == prices


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
