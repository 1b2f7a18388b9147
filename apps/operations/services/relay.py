"""Queued work that got stuck is found again: lost wake-ups, due retries and runs whose process died."""

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from apps.operations import identity, queue
from apps.operations.models import OutboxRow
from apps.operations.types import OutboxStatus, Report

KEEP_DONE = timedelta(days=1)
PURGE_LIMIT = 500
MOST_DOUBLINGS = 5
"""How often the distance between two wake-ups of a row doubles."""


def relay_outbox(*, real_now: datetime, limit: int) -> Report:
    """Return abandoned runs to pending, wake workers for due rows, and forget finished rows older than a
    day.
    """
    reclaimed = reclaim_abandoned(real_now=real_now, limit=limit)
    sent = failed = 0
    for row in _due(real_now)[:limit]:
        moved = OutboxRow.objects.filter(pk=row.pk, status=OutboxStatus.PENDING, epoch=row.epoch).update(
            next_attempt_at=real_now + queue.RESEND_AFTER * 2 ** min(row.sends_count, MOST_DOUBLINGS),
            sends_count=F("sends_count") + 1,
        )
        if moved and queue.send(row.pk, row.name):
            sent += 1
        else:
            failed += bool(moved)
    _purge(real_now)
    return Report(seen=sent + failed + reclaimed, done=sent + reclaimed, failed=failed)


def reclaim_abandoned(*, real_now: datetime, limit: int) -> int:
    """Return to pending every run whose lease expired or whose process is known to be gone; returns how
    many.
    """
    count = 0
    running = OutboxRow.objects.filter(status=OutboxStatus.RUNNING).order_by("pk")
    for row in running[:limit]:
        expired = row.lease_until is None or row.lease_until <= real_now
        if not (expired or identity.is_gone(row.owner)):
            continue
        dead = row.attempts >= queue.MOST_ATTEMPTS
        count += OutboxRow.objects.filter(pk=row.pk, status=OutboxStatus.RUNNING, epoch=row.epoch).update(
            status=OutboxStatus.DEAD if dead else OutboxStatus.PENDING,
            owner="",
            lease_until=None,
            epoch=F("epoch") + 1,
            next_attempt_at=real_now,
            finished_at=real_now if dead else None,
            last_error="The process that ran this died or outlived its lease.",
        )
    return count


def _due(real_now: datetime) -> QuerySet[OutboxRow]:
    """Longest due first, behind all others those that were sent often in vain.

    Where one kind of worker is down, its rows may be more than the relay can send: the others' never wait for them.
    """
    due = OutboxRow.objects.filter(status=OutboxStatus.PENDING, next_attempt_at__lte=real_now)
    return due.alias(was_sent_often=Q(sends_count__gt=MOST_DOUBLINGS)).order_by(
        "was_sent_often", "next_attempt_at", "pk"
    )


def _purge(real_now: datetime) -> None:
    old = OutboxRow.objects.filter(status=OutboxStatus.DONE, finished_at__lt=real_now - KEEP_DONE)
    keys = list(old.values_list("pk", flat=True)[:PURGE_LIMIT])
    if keys:
        OutboxRow.objects.filter(pk__in=keys).delete()
