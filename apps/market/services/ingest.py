"""One ingestion cycle: assets, candles, quotes and books, each channel by itself, one bad item never stops another."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from apps.core.errors import AdapterError
from apps.market import queries
from apps.market.adapters.port import MarketSource
from apps.market.models import Asset, BookSnapshot, Candle, IngestionRun, Quote
from apps.market.services import candles, sources
from apps.market.services.assets import register_assets
from apps.market.services.backfill import backfill
from apps.market.services.guard import Guard
from apps.market.types import Channel, IngestionStatus, PricedTick
from apps.operations.types import Report

__all__ = ["backfill", "ingest_all"]

logger = logging.getLogger(__name__)

TAPE_STEP = timedelta(seconds=10)
"""A predetermined source is written ahead of a fast clock in these steps (below every price-age limit)."""
REGISTRY_EVERY = timedelta(hours=1)
KEPT_ERRORS = 5


@dataclass(slots=True)
class Cycle:
    """What one cycle works with; `horizon` lies beyond `now` only for a predetermined source."""

    source: MarketSource
    now: datetime
    horizon: datetime
    assets: list[Asset] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """What a channel did."""

    written: int = 0
    seen: int = 0
    errors: list[str] = field(default_factory=list)

    def attempt(self, what: str, act: Callable[[], int]) -> None:
        """Run one item; its failure is counted and the next item goes on."""
        self.seen += 1
        try:
            self.written += act()
        except Exception as error:
            if not isinstance(error, AdapterError):
                logger.exception("Ingestion of %s failed.", what)
            self.errors.append(f"{what}: {error}"[:200])


def ingest_all(
    *, now: datetime, lead: timedelta = timedelta(0), source: MarketSource | None = None
) -> Report:
    """Write everything that became known up to `now`, and for a predetermined source `lead` beyond.

    Rows ahead of the clock carry their own `knowable_at`: queries show them only once it has come.
    Raises NotFound when no source is chosen; a failing channel or asset is counted and recorded.
    """
    chosen = source or sources.current()
    cycle = Cycle(chosen, now, now + lead if chosen.is_predetermined else now)
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
            if not isinstance(error, AdapterError):
                logger.exception("Ingestion channel %s failed.", channel)
            outcome.seen += 1
            outcome.errors.append(f"{channel}: {error}"[:200])
        runs.append(_run_row(cycle, channel, outcome))
        report += Report(
            seen=outcome.seen,
            done=outcome.written,
            failed=len(outcome.errors),
            errors=tuple(outcome.errors[:KEPT_ERRORS]),
        )
    IngestionRun.objects.bulk_create(runs)
    return report


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
    with transaction.atomic():
        candles.write(rows)
        candles.advance_cursor(cycle.assets, untils, column="candles_until")


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
    """Return the moments to price: now, or for a fast clock the steps of the tape that are not yet written."""
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
                rows.append(_quote_row(asset, tick, at))
    outcome.seen, outcome.written = len(by_symbol), len(rows)
    outcome.errors = [f"{symbol}: {fault.value}" for symbol, fault in sorted(guard.refused.items())]
    with transaction.atomic():
        Quote.objects.bulk_create(rows, batch_size=candles.BATCH_ROWS, ignore_conflicts=True)
        candles.advance_cursor(cycle.assets, untils, column="quotes_until")
        guard.store()


def _quote_row(asset: Asset, tick: PricedTick, at: datetime) -> Quote:
    return Quote(
        asset=asset,
        at=at,
        mark_micros=tick.mark_micros,
        oracle_micros=tick.oracle_micros,
        mid_micros=tick.mid_micros,
        funding_rate_e10=tick.funding_rate_e10,
        source=asset.source,
        knowable_at=at,
    )


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
