"""One cycle of the price source: each channel by itself, one bad item never stops another."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError

from apps.core.errors import AdapterError, AdapterFault
from apps.market import queries
from apps.market.adapters.port import MarketSource
from apps.market.models import IngestionRun
from apps.market.services import sources
from apps.market.services.backfill import backfill
from apps.market.services.outcome import TIME_SPENT, Outcome
from apps.market.services.runs import settle
from apps.market.services.venue.books import ingest_books
from apps.market.services.venue.candles import ingest_candles
from apps.market.services.venue.contexts import ingest_contexts
from apps.market.services.venue.cycle import Cycle
from apps.market.services.venue.funding import ingest_funding
from apps.market.services.venue.quotes import ingest_quotes
from apps.market.services.venue.registry import ingest_registry
from apps.market.types import Channel
from apps.operations.types import Report

__all__ = ["backfill", "ingest_all"]

LONGEST_CYCLE = timedelta(seconds=10)
"""Real time of a live cycle: with the last question's own timeout still under the age that a price may have."""
LONGEST_CATCH_UP = timedelta(seconds=45)
"""The same while the clock is late and prices are written ahead of it; under the cadence's lease."""
CHANNELS: tuple[tuple[Channel, Callable[[Cycle, Outcome], None]], ...] = (
    (Channel.ASSETS, ingest_registry),
    (Channel.QUOTES, ingest_quotes),
    (Channel.CANDLES, ingest_candles),
    (Channel.BOOKS, ingest_books),
    (Channel.CONTEXTS, ingest_contexts),
    (Channel.FUNDING, ingest_funding),
)
"""In this order: a venue that answers slowly has its prices read first, and what nobody trades at last."""
NO_ROOM = AdapterError(
    "not asked, there is no room to write", transient=True, fault=AdapterFault.STORAGE_FULL
)


def ingest_all(
    *,
    now: datetime,
    lead: timedelta = timedelta(0),
    real_now: datetime | None = None,
    clock: Callable[[], datetime] | None = None,
    source: MarketSource | None = None,
) -> Report:
    """Write everything that became known up to `now`, and for a predetermined source `lead` beyond.

    Where `now` is behind `real_now`, a live venue's closed candles up to `real_now` are the tape, with a price
    at each close: its present prices are of another time. It is then asked once per `lead` at most.
    Rows ahead of the clock carry their own `knowable_at`: queries show them only once it has come.
    With a `clock` of real time a live cycle ends in time; what it did not come to is asked by the next one.
    Raises NotFound when no source is chosen; a failing channel or asset is counted and recorded.
    """
    chosen = source or sources.current()
    horizon = now + lead if chosen.is_predetermined else max(now, real_now or now)
    cycle = Cycle(chosen, now, horizon, clock=clock)
    if cycle.is_history and _asked_within(chosen.name, lead * 4 / 5, now):
        return Report(skipped=1)
    is_spent = _stopwatch(cycle, clock)
    report = Report()
    runs: list[IngestionRun] = []
    for channel, work in CHANNELS:
        outcome = Outcome(is_spent=is_spent)
        if runs and runs[-1].fault == AdapterFault.STORAGE_FULL:
            outcome.seen += 1
            outcome.fail(channel, NO_ROOM)
        else:
            _run(cycle, channel, work, outcome)
        runs.append(_run_row(cycle, channel, outcome))
        report += outcome.report()
    return report + _keep(runs)


def _keep(runs: list[IngestionRun]) -> Report:
    """Write down how the channels fared; where even that finds no room, the report alone says so."""
    outcome = Outcome()
    try:
        IngestionRun.objects.bulk_create(runs)
    except OperationalError as error:
        outcome.seen += 1
        outcome.fail("ingestion runs", error)
    return outcome.report()


def _run(cycle: Cycle, channel: Channel, work: Callable[[Cycle, Outcome], None], outcome: Outcome) -> None:
    """One channel's share of the cycle; whatever it raises stays its own."""
    if outcome.is_spent():
        outcome.seen += 1
        outcome.fail(channel, TIME_SPENT)
        return
    try:
        work(cycle, outcome)
    except Exception as error:
        outcome.seen += 1
        outcome.fail(channel, error)
    for line in cycle.source.rejected():
        outcome.leave_out(line)


def _stopwatch(cycle: Cycle, clock: Callable[[], datetime] | None) -> Callable[[], bool]:
    """Whether the cycle has had its time; a predetermined source is never waited for."""
    if clock is None or cycle.source.is_predetermined:
        return bool
    until = clock() + (LONGEST_CATCH_UP if cycle.is_history else LONGEST_CYCLE)
    return lambda: clock() >= until


def _asked_within(source: str, span: timedelta, now: datetime) -> bool:
    runs = queries.list_ingestion_runs().filter(source=source)
    last = runs.values_list("started_at", flat=True).first()
    return last is not None and timedelta(0) <= now - last < span


def _run_row(cycle: Cycle, channel: Channel, outcome: Outcome) -> IngestionRun:
    run = IngestionRun(source=cycle.source.name, channel=channel, started_at=cycle.now)
    settle(run, outcome, finished_at=cycle.now)
    return run
