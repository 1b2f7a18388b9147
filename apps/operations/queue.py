"""Queued work: a row in the transaction that asks for it, a wake-up after commit, one run at a time,
retries, a dead letter.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app, shared_task
from django.db import transaction
from django.db.models import F, Q, QuerySet

from apps.core import states
from apps.core.errors import NotFound
from apps.operations import clock, identity
from apps.operations.models import OutboxRow
from apps.operations.types import OutboxStatus

logger = logging.getLogger(__name__)

Handler = Callable[..., Any]
MOST_ATTEMPTS = 6
RUN_LEASE = timedelta(seconds=60)
RESEND_AFTER = timedelta(seconds=10)
LONGEST_BACK_OFF = timedelta(minutes=10)


class NotYet(Exception):
    """Raised by a handler whose work cannot be done before a moment of real time: the row goes back until then.

    Nobody runs it before, whatever wake-ups are still on their way.
    """

    def __init__(self, detail: str, *, not_before: datetime) -> None:
        super().__init__(detail)
        self.not_before = not_before


_handlers: dict[str, Handler] = {}
_leases: dict[str, timedelta] = {}


def task(name: str, *, lease: timedelta = RUN_LEASE) -> Callable[[Handler], Handler]:
    """Declare the function below as the handler of queued work `name`; it is called with the ids given to
    `enqueue`.

    A wake-up may come twice or after a crash in the middle: the handler's own unique constraints make the
    effect happen once. The lease (real time) must outlast the longest run. Which workers run the task is said by
    the settings' routes.
    """

    def declare(handler: Handler) -> Handler:
        present = _handlers.get(name)
        if present and present.__module__ != handler.__module__:
            raise ValueError(f"Task {name} is declared twice.")
        _handlers[name] = handler
        _leases[name] = lease

        @shared_task(name=name, acks_late=True, reject_on_worker_lost=True, ignore_result=True)
        def wake_up(row_id: int) -> None:
            run_row(row_id)

        return handler

    return declare


def task_names() -> list[str]:
    """Every declared task, by name."""
    return sorted(_handlers)


def enqueue(task_name: str, *, dedupe_key: str | None = None, **ids: Any) -> OutboxRow:
    """Write the work into the current transaction and wake a worker after commit; returns the row.

    With a `dedupe_key` the same work is accepted once: a second call returns the first row and wakes nobody.
    Raises NotFound for a task that no app declares.
    """
    if task_name not in _handlers:
        raise NotFound(f"No app declares the task {task_name!r}.", code="TASK_UNKNOWN")
    real = clock.real_now()
    values = {"name": task_name, "args": ids, "created_at": real, "next_attempt_at": real + RESEND_AFTER}
    if dedupe_key is None:
        row, created = OutboxRow.objects.create(**values), True
    else:
        row, created = OutboxRow.objects.get_or_create(dedupe_key=dedupe_key, defaults=values)
    if created:
        transaction.on_commit(partial(send, row.pk, task_name))
    return row


def send(row_id: int, task_name: str) -> bool:
    """Put a wake-up on the broker; False when the broker does not answer (the relay sends again later)."""
    try:
        current_app.tasks[task_name].apply_async(args=(row_id,), retry=False)
    except Exception as error:  # the row is safe in the database, whatever is wrong with the broker
        logger.warning("Broker refused the wake-up of %s #%s: %s", task_name, row_id, error)
        return False
    return True


def run_row(row_id: int) -> bool:
    """Run one row if it is pending: claim it, call its handler, write done, a retry or a dead letter. True
    when it ran.
    """
    row = OutboxRow.objects.filter(pk=row_id, status=OutboxStatus.PENDING).first()
    if row is None or not _claim(row):
        return False
    handler = _handlers.get(row.name)
    try:
        if handler is None:
            raise NotFound(f"No app declares the task {row.name!r}.", code="TASK_UNKNOWN")
        handler(**row.args)
    except NotYet as wait:
        _settle_failure(row, wait, retry_at=wait.not_before, lease_until=wait.not_before)
    except Exception as error:
        logger.exception("Task %s #%s failed.", row.name, row.pk)
        _settle_failure(row, error, retry_at=clock.real_now() + back_off(row.attempts))
    else:
        _settle(row, status=OutboxStatus.DONE, finished_at=clock.real_now(), last_error="")
    return True


def drain(*, most: int = 10_000) -> int:
    """Run every pending row that need not wait in this process, each at most once, also those that the runs add;
    returns how many ran.
    """
    tried: set[int] = set()
    while len(tried) < most:
        pending = _free().values_list("pk", flat=True)
        fresh = [pk for pk in pending.order_by("pk") if pk not in tried][: most - len(tried)]
        if not fresh:
            break
        for pk in fresh:
            tried.add(pk)
            run_row(pk)
    return len(tried)


def revive(row: OutboxRow) -> None:
    """Return a dead letter to the queue, its attempts forgotten; raises IllegalTransition for other rows."""
    now = clock.real_now()
    states.advance(
        row,
        to=OutboxStatus.PENDING,
        table={OutboxStatus.DEAD: frozenset({OutboxStatus.PENDING})},
        attempts=0,
        finished_at=None,
        next_attempt_at=now,
    )
    transaction.on_commit(partial(send, row.pk, row.name))


def back_off(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failure: 2 s doubling, at most ten minutes."""
    return min(timedelta(seconds=2 ** min(attempts, 12)), LONGEST_BACK_OFF)


def _free() -> QuerySet[OutboxRow]:
    """Pending rows that nobody asked to leave alone until later: one that waits has the end of its wait as its lease."""
    free = Q(lease_until=None) | Q(lease_until__lte=clock.real_now())
    return OutboxRow.objects.filter(free, status=OutboxStatus.PENDING)


def _claim(row: OutboxRow) -> bool:
    mine = _free().filter(pk=row.pk, epoch=row.epoch)
    claimed = mine.update(
        status=OutboxStatus.RUNNING,
        owner=identity.owner(),
        epoch=F("epoch") + 1,
        attempts=F("attempts") + 1,
        lease_until=clock.real_now() + _leases.get(row.name, RUN_LEASE),
    )
    row.epoch += 1
    row.attempts += 1
    return bool(claimed)


def _settle_failure(
    row: OutboxRow, error: Exception, *, retry_at: datetime, lease_until: datetime | None = None
) -> None:
    text = f"{type(error).__name__}: {error}"[:2000]
    if row.attempts >= MOST_ATTEMPTS:
        _settle(row, status=OutboxStatus.DEAD, finished_at=clock.real_now(), last_error=text)
    else:
        waiting = {"next_attempt_at": retry_at, "lease_until": lease_until}
        _settle(row, status=OutboxStatus.PENDING, last_error=text, **waiting)


def _settle(row: OutboxRow, **fields: Any) -> None:
    running = OutboxRow.objects.filter(pk=row.pk, status=OutboxStatus.RUNNING, epoch=row.epoch)
    if not running.update(**{"owner": "", "lease_until": None, **fields}):
        logger.warning("Task %s #%s outlived its lease and was taken over.", row.name, row.pk)
