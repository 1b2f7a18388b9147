"""Reads of operations: how the workers and the queue stand."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, QuerySet

from apps.operations import cadence, identity
from apps.operations.models import AuditEvent, HeldAct, OutboxRow, WorkerHeartbeat
from apps.operations.types import HeldStatus, OutboxStatus, RunStatus

LATE_AFTER_INTERVALS = 5
LATE_AFTER_LEAST = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class WorkerHealth:
    """One worker as an operator sees it; health is "ok", "running", "late", "failing" or "never"."""

    name: str
    purpose: str
    health: str
    status: str
    owner: str
    last_success_at: datetime | None
    started_at: datetime | None
    latency_ms: int
    seen: int
    done: int
    skipped: int
    failed: int
    runs: int
    failed_runs: int
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """How much work waits, runs and was given up, and since when the oldest waits (real time)."""

    pending: int
    running: int
    done: int
    dead: int
    oldest_pending_at: datetime | None


def list_workers(*, real_now: datetime) -> list[WorkerHealth]:
    """The health of every declared cadence, by name."""
    rows = {row.name: row for row in WorkerHeartbeat.objects.all()}
    return [_health(item, rows.get(item.name), real_now) for item in cadence.all_cadences()]


def queue_health() -> QueueHealth:
    """The queue in numbers."""
    counts = dict(OutboxRow.objects.order_by().values_list("status").annotate(number=Count("pk")))
    oldest = OutboxRow.objects.filter(status=OutboxStatus.PENDING).aggregate(at=Min("created_at"))["at"]
    return QueueHealth(
        pending=counts.get(OutboxStatus.PENDING, 0),
        running=counts.get(OutboxStatus.RUNNING, 0),
        done=counts.get(OutboxStatus.DONE, 0),
        dead=counts.get(OutboxStatus.DEAD, 0),
        oldest_pending_at=oldest,
    )


def list_audit_events() -> QuerySet[AuditEvent]:
    """Audit events, newest first."""
    return AuditEvent.objects.all()


def list_held_acts() -> QuerySet[HeldAct]:
    """Acts that needed a second person, newest first."""
    return HeldAct.objects.all()


def waiting_acts(*, now: datetime) -> QuerySet[HeldAct]:
    """Acts that wait for a second person and have not expired, the oldest first."""
    return HeldAct.objects.filter(status=HeldStatus.WAITING, expires_at__gt=now).order_by("id")


def _health(item: cadence.Cadence, row: WorkerHeartbeat | None, real_now: datetime) -> WorkerHealth:
    row = row or WorkerHeartbeat(name=item.name)
    return WorkerHealth(
        name=item.name,
        purpose=item.purpose,
        health=_verdict(row, real_now),
        status=row.status,
        owner=row.owner,
        last_success_at=row.last_success_at,
        started_at=row.started_at,
        latency_ms=row.latency_ms,
        seen=row.seen_count,
        done=row.done_count,
        skipped=row.skipped_count,
        failed=row.failed_count,
        runs=row.runs_count,
        failed_runs=row.failed_runs_count,
        errors=tuple(row.errors),
    )


def _verdict(row: WorkerHeartbeat, real_now: datetime) -> str:
    if row.started_at is None:
        return "never"
    if row.status == RunStatus.RUNNING:
        alive = row.lease_until is not None and row.lease_until > real_now and not identity.is_gone(row.owner)
        return "running" if alive else "late"
    patience = max(LATE_AFTER_LEAST, LATE_AFTER_INTERVALS * timedelta(milliseconds=row.interval_ms))
    if real_now - row.started_at > patience:
        return "late"
    return "failing" if row.status == RunStatus.FAILED else "ok"
