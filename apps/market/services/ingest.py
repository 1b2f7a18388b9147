"""One cycle of the price source: each channel by itself, one bad item never stops another."""

from collections.abc import Callable
from datetime import datetime, timedelta

from apps.market import queries
from apps.market.adapters.port import MarketSource
from apps.market.models import IngestionRun
from apps.market.services import sources
from apps.market.services.backfill import backfill
from apps.market.services.outcome import Outcome
from apps.market.services.runs import settle
from apps.market.services.venue.books import ingest_books
from apps.market.services.venue.candles import ingest_candles
from apps.market.services.venue.cycle import Cycle
from apps.market.services.venue.quotes import ingest_quotes
from apps.market.services.venue.registry import ingest_registry
from apps.market.types import Channel
from apps.operations.types import Report

__all__ = ["backfill", "ingest_all"]


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
        (Channel.ASSETS, ingest_registry),
        (Channel.CANDLES, ingest_candles),
        (Channel.QUOTES, ingest_quotes),
        (Channel.BOOKS, ingest_books),
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
    run = IngestionRun(source=cycle.source.name, channel=channel, started_at=cycle.now)
    settle(run, outcome, finished_at=cycle.now)
    return run
