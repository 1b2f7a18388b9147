"""One run of one channel: a row when it begins, the same row when it ends, whatever happened between."""

from collections.abc import Callable
from datetime import datetime

from apps.market.models import IngestionRun
from apps.market.services.outcome import KEPT_ERRORS, Outcome
from apps.market.types import Channel, IngestionStatus
from apps.operations.types import Report


def run_channel(
    *,
    source: str,
    channel: Channel,
    now: datetime,
    work: Callable[[Outcome], None],
    clock: Callable[[], datetime],
) -> Report:
    """Run `work` and keep how it went; its exceptions are counted, never raised. `clock` says when it ended.

    A row that an earlier process left running is marked partial: its pages are written, its sweep is not complete.
    """
    unfinished = IngestionRun.objects.filter(source=source, channel=channel, status=IngestionStatus.RUNNING)
    unfinished.update(
        status=IngestionStatus.PARTIAL, finished_at=now, error="the process ended before the run did"
    )
    run = IngestionRun.objects.create(
        source=source, channel=channel, status=IngestionStatus.RUNNING, started_at=now
    )
    outcome = Outcome()
    try:
        work(outcome)
    except Exception as error:
        outcome.seen += 1
        outcome.fail(channel, error)
    settle(run, outcome, finished_at=clock())
    run.save()
    return outcome.report()


def settle(run: IngestionRun, outcome: Outcome, *, finished_at: datetime) -> None:
    """Put what came out into the row, unsaved."""
    run.status = IngestionStatus.SUCCEEDED
    if outcome.errors:
        all_failed = len(outcome.errors) >= outcome.seen
        run.status = IngestionStatus.FAILED if all_failed else IngestionStatus.PARTIAL
    run.finished_at = finished_at
    run.data_at = outcome.data_at
    run.rows_written = outcome.written
    run.failed_count = len(outcome.errors)
    run.fault = outcome.fault
    run.error = "; ".join(outcome.errors[:KEPT_ERRORS])
