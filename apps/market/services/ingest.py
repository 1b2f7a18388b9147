"""One ingestion cycle: assets, candles, quotes and books, each channel by itself, one bad item never stops another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from apps.market import queries
from apps.market.adapters.port import MarketSource
from apps.market.models import Asset, BookSnapshot, Candle, IngestionRun, Quote
from apps.market.services import candles, sources
from apps.market.services.assets import register_assets
from apps.market.services.backfill import backfill
from apps.market.services.guard import Guard
from apps.market.services.outcome import KEPT_ERRORS, Outcome
from apps.market.services.prices import close_quote, quote_row
from apps.market.types import Channel, IngestionStatus
from apps.operations.types import Report

__all__ = ["backfill", "ingest_all"]

TAPE_STEP = timedelta(seconds=10)
"""A predetermined source is written ahead of a fast clock in these steps (below every price-age limit)."""
REGISTRY_EVERY = timedelta(hours=1)
CAUGHT_UP = timedelta(seconds=5)
"""A clock this close to real time takes the prices of now."""


@dataclass(slots=True)
class Cycle:
    """What one cycle works with; `horizon` is how far the source's tape reaches, `now` or beyond."""

    source: MarketSource
    now: datetime
    horizon: datetime
    assets: list[Asset] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)

    @property
    def is_history(self) -> bool:
        """Whether the clock still runs through what a live venue has already recorded."""
        return not self.source.is_predetermined and self.horizon - self.now > CAUGHT_UP


def ingest_all(
    *,
    now: datetime,
    lead: timedelta = timedelta(0),
    real_now: datetime | None = None,
    source: MarketSource | None = None,
) -> Report:
    """Write everything that became known up to `now`, and for a predetermined source `lead` beyond.

    Where `now` is behind `real_now`, a live venue's closed candles up to `real_now` are the tape, with a price
    at each close: its present prices are of another time. It is then asked once per `lead` at most.
    Rows ahead of the clock carry their own `knowable_at`: queries show them only once it has come.
    Raises NotFound when no source is chosen; a failing channel or asset is counted and recorded.
    """
    chosen = source or sources.current()
    cycle = Cycle(chosen, now, now + lead if chosen.is_predetermined else max(now, real_now or now))
    if cycle.is_history and _asked_within(lead * 4 / 5, now):
        return Report(skipped=1)
    channels: tuple[tuple[Channel, Callable[[Cycle, Outcome], None]], ...] = (
        (Channel.ASSETS, _assets),
        (Channel.CANDLES, _candles),
        (Channel.QUOTES, _quotes),
        (Channel.BOOKS, _books),
    )
    report, runs = Report(), []
    for channel, work in channels:
        outcome = Outcome()
        try:
            work(cycle, outcome)
        except Exception as error:
            outcome.seen += 1
            outcome.fail(channel, error)
        runs.append(_run_row(cycle, channel, outcome))
        report += outcome.report()
    IngestionRun.objects.bulk_create(runs)
    return report


def _asked_within(span: timedelta, now: datetime) -> bool:
    last = queries.list_ingestion_runs().values_list("started_at", flat=True).first()
    return last is not None and timedelta(0) <= now - last < span


def _run_row(cycle: Cycle, channel: Channel, outcome: Outcome) -> IngestionRun:
    status = IngestionStatus.SUCCEEDED
    if outcome.errors:
        all_failed = len(outcome.errors) >= outcome.seen
        status = IngestionStatus.FAILED if all_failed else IngestionStatus.PARTIAL
    return IngestionRun(
        source=cycle.source.name,
        channel=channel,
        status=status,
        started_at=cycle.now,
        finished_at=cycle.now,
        rows_written=outcome.written,
        failed_count=len(outcome.errors),
        error="; ".join(outcome.errors[:KEPT_ERRORS]),
    )


def _assets(cycle: Cycle, outcome: Outcome) -> None:
    """Refresh the registry hourly; the other channels work with what is registered even when this fails."""
    cycle.assets = _active()
    last = queries.last_success_with_rows(Channel.ASSETS)
    if cycle.assets and last is not None and timedelta(0) <= cycle.now - last < REGISTRY_EVERY:
        return
    outcome.attempt("assets", lambda: register_assets(cycle.source, now=cycle.now))
    cycle.assets = _active()


def _active() -> list[Asset]:
    return list(Asset.objects.filter(is_delisted=False).order_by("pk"))


def _candles(cycle: Cycle, outcome: Outcome) -> None:
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


def _quotes(cycle: Cycle, outcome: Outcome) -> None:
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


def _books(cycle: Cycle, outcome: Outcome) -> None:
    rows: list[BookSnapshot] = []
    for asset in cycle.assets:
        outcome.attempt(f"book {asset.symbol}", partial(_collect_books, cycle, asset, rows))
    BookSnapshot.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _collect_books(cycle: Cycle, asset: Asset, rows: list[BookSnapshot]) -> int:
    before = len(rows)
    for at in cycle.moments:
        tick = cycle.source.book(symbol=asset.symbol, at=at)
        if tick is None or not tick.bids or not tick.asks:
            continue
        sides = {"bids": _plain(tick.bids), "asks": _plain(tick.asks)}
        rows.append(BookSnapshot(asset=asset, at=at, source=asset.source, knowable_at=at, **sides))
    return len(rows) - before


def _plain(levels: Iterable[tuple[int, int]]) -> list[list[int]]:
    return [[price, size] for price, size in levels]
