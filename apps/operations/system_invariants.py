"""What must always hold of leases, queued work and running workers."""

from datetime import timedelta

from django.db import connection
from django.db.models import Count, F, Q

from apps.core.append_only import installed_triggers, trigger_names
from apps.operations import clock
from apps.operations.invariants import invariant
from apps.operations.models import AuditEvent, Lease, OutboxRow, WorkerHeartbeat
from apps.operations.types import OutboxStatus, RunStatus

SHOWN = 20
PENDING_PATIENCE = timedelta(minutes=5)
LEASE_PATIENCE = timedelta(seconds=60)


@invariant("I-32", "A lease has one row per name; who holds it has an owner, an epoch and an end.")
def leases_have_one_owner() -> list[str]:
    """Names with several rows, and holders without an end or an epoch."""
    twice = Lease.objects.order_by().values("name").annotate(rows=Count("pk")).filter(rows__gt=1)
    half = Lease.objects.exclude(owner="").filter(Q(expires_at__isnull=True) | Q(epoch=0))
    named = [f"lease {row['name']} has {row['rows']} rows" for row in twice[:SHOWN]]
    return named + [f"lease {row.name} is held by {row.owner} without end or epoch" for row in half[:SHOWN]]


@invariant("I-41.audit", "The audit record cannot be changed: its database triggers are in place.")
def audit_is_append_only() -> list[str]:
    """Triggers that are missing."""
    table = AuditEvent._meta.db_table
    missing = set(trigger_names(table)) - installed_triggers(connection, table)
    return [f"trigger {name} is missing" for name in sorted(missing)]


@invariant("I-47", "No queued work waits longer than five minutes past its time while workers are healthy.")
def nothing_waits_for_ever() -> list[str]:
    """Pending rows long overdue, unless the relay itself has not run lately: then the workers are what is
    broken.
    """
    real = clock.real_now()
    relay = WorkerHeartbeat.objects.filter(name="operations.relay-outbox").first()
    if relay is None or relay.last_success_at is None or real - relay.last_success_at > LEASE_PATIENCE:
        return []
    old = OutboxRow.objects.filter(
        status=OutboxStatus.PENDING, created_at__lt=real - PENDING_PATIENCE, attempts=0
    )
    return [f"queued work {row.pk} ({row.name}) waits since {row.created_at:%H:%M:%S}" for row in old[:SHOWN]]


@invariant("I-48", "Queued work is pending, running, done or dead, and its marks agree with that.")
def queued_work_is_accounted_for() -> list[str]:
    """Rows whose status and other columns contradict each other."""
    finished = Q(status__in=[OutboxStatus.DONE, OutboxStatus.DEAD])
    wrong = OutboxRow.objects.filter(
        ~Q(status__in=OutboxStatus.values)
        | (finished & Q(finished_at__isnull=True))
        | (~finished & Q(finished_at__isnull=False))
        | (Q(status=OutboxStatus.RUNNING) & Q(lease_until__isnull=True))
        | (finished & Q(lease_until__isnull=False))
        | (Q(status=OutboxStatus.PENDING) & Q(lease_until__gt=F("next_attempt_at")))
        | Q(epoch__lt=F("attempts"))
    )
    return [
        f"queued work {row.pk} ({row.name}) is {row.status} and its marks disagree" for row in wrong[:SHOWN]
    ]


@invariant("I-49", "Nothing stays marked as running more than a minute after its lease expired.")
def nothing_runs_without_a_lease() -> list[str]:
    """Running rows of the queue and running workers with a lease long expired."""
    limit = clock.real_now() - LEASE_PATIENCE
    rows = OutboxRow.objects.filter(status=OutboxStatus.RUNNING, lease_until__lt=limit)
    workers = WorkerHeartbeat.objects.filter(status=RunStatus.RUNNING, lease_until__lt=limit)
    return [f"queued work {row.pk} ({row.name}) runs without a lease" for row in rows[:SHOWN]] + [
        f"worker {row.name} runs without a lease since {row.lease_until:%H:%M:%S}" for row in workers[:SHOWN]
    ]
