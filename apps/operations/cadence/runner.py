"""Running one cadence once: claim by compare-and-set, run the body, write how it went."""

import logging
import time
import uuid
from datetime import datetime, timedelta

from django.db.models import F

from apps.operations import clock, identity
from apps.operations.cadence.registry import Cadence, get_cadence
from apps.operations.models import WorkerHeartbeat
from apps.operations.types import Report, RunOutcome, RunStatus, Tick

logger = logging.getLogger(__name__)

SHORTEST_INTERVAL = timedelta(milliseconds=500)
CLOCKS_DIFFER = timedelta(seconds=1)
LEASE_HELD = "LEASE_HELD"
NOT_DUE = "NOT_DUE"
KEPT_ERRORS = 10
ERROR_LENGTH = 300


def real_interval(item: Cadence) -> timedelta:
    """How often the cadence is due in real time at the market clock's present pace; never under half a
    second.
    """
    return max(SHORTEST_INTERVAL, item.every / clock.speed())


def run_once(name: str, *, force: bool = False) -> RunOutcome:
    """Run the cadence if it is due (or `force`) and no other process holds it; three queries besides the
    body's.

    An exception of the body is recorded as a failed run and not raised. Raises NotFound for an unknown name.
    """
    item = get_cadence(name)
    row = WorkerHeartbeat.objects.filter(name=name).first()
    if row is None:
        row, _ = WorkerHeartbeat.objects.get_or_create(name=name)
    # Read after the row: a run that was claimed in between would look as if it were due by another clock.
    started = clock.real_now()
    code, refusal = _why_not(row, item, started, force=force)
    run_id = uuid.uuid4().hex
    if not refusal and not _claim(row, item, run_id, started):
        code, refusal = LEASE_HELD, "another process was first"
    if refusal:
        return RunOutcome(name, "skipped", detail=refusal, code=code)
    return _run(item, row.epoch + 1, run_id, started, force=force)


def _why_not(row: WorkerHeartbeat, item: Cadence, real: datetime, *, force: bool) -> tuple[str, str]:
    """Code and sentence of why the cadence does not run now, both empty where it may."""
    held = row.lease_until is not None and row.lease_until > real
    if held and not identity.is_gone(row.owner):
        return LEASE_HELD, f"held by {row.owner}"
    if force or row.next_due_at is None:
        return "", ""
    interval = real_interval(item)
    early = row.next_due_at - interval / 5 > real
    # The clock was made faster since: the old date no longer counts. Machines' own clocks may differ a little.
    far = row.next_due_at - real > interval + max(interval / 5, CLOCKS_DIFFER)
    return (NOT_DUE, "not due") if early and not far else ("", "")


def _claim(row: WorkerHeartbeat, item: Cadence, run_id: str, real: datetime) -> bool:
    interval = real_interval(item)
    claimed = WorkerHeartbeat.objects.filter(pk=row.pk, epoch=row.epoch).update(
        status=RunStatus.RUNNING,
        owner=identity.owner(),
        epoch=F("epoch") + 1,
        run_id=run_id,
        lease_until=real + item.lease,
        started_at=real,
        next_due_at=real + interval,
        interval_ms=int(interval / timedelta(milliseconds=1)),
    )
    return bool(claimed)


def _run(item: Cadence, epoch: int, run_id: str, started: datetime, *, force: bool) -> RunOutcome:
    clock_start = time.perf_counter()
    try:
        tick = Tick(now=clock.now(), run_id=run_id, force=force, limit=item.limit)
        report = item.body(tick) or Report()
        status, detail = RunStatus.SUCCEEDED, ""
    except Exception as error:
        logger.exception("Cadence %s failed.", item.name)
        detail = f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
        report, status = Report(failed=1, errors=(detail,)), RunStatus.FAILED
    latency = int((time.perf_counter() - clock_start) * 1000)
    _finish(item.name, epoch, status, report, latency)
    return RunOutcome(item.name, status.value, report, detail, latency)


def _finish(name: str, epoch: int, status: RunStatus, report: Report, latency: int) -> None:
    real = clock.real_now()
    success = {"last_success_at": real} if status == RunStatus.SUCCEEDED else {}
    kept = WorkerHeartbeat.objects.filter(name=name, epoch=epoch).update(
        status=status,
        lease_until=None,
        finished_at=real,
        latency_ms=latency,
        seen_count=report.seen,
        done_count=report.done,
        skipped_count=report.skipped,
        failed_count=report.failed,
        errors=[str(text)[:ERROR_LENGTH] for text in report.errors[:KEPT_ERRORS]],
        runs_count=F("runs_count") + 1,
        failed_runs_count=F("failed_runs_count") + int(status == RunStatus.FAILED),
        **success,
    )
    if not kept:
        logger.warning("Cadence %s outlived its lease and was taken over; its result is not recorded.", name)
