"""Queued work: written with the transaction, woken after commit, run once, retried, given up, repaired."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from apps.core.errors import IllegalTransition, NotFound
from apps.operations import clock, queue
from apps.operations.models import OutboxRow
from apps.operations.services import relay
from apps.operations.system_invariants import queued_work_is_accounted_for
from apps.operations.types import OutboxStatus

GONE = "elsewhere:0:1"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    made: list[dict[str, Any]] = []

    def handler(**ids: Any) -> None:
        made.append(ids)
        if ids.get("fail"):
            raise ValueError("broken")

    monkeypatch.setitem(queue._handlers, "tests.note-call", handler)
    yield made


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    rows: list[int] = []
    monkeypatch.setattr(queue, "send", lambda row_id, name: rows.append(row_id) or True)
    return rows


@pytest.mark.django_db(transaction=True)
def test_the_wake_up_waits_for_commit(calls: list[Any], sent: list[int]) -> None:
    with transaction.atomic():
        row = queue.enqueue("tests.note-call", account_id=7)
        assert sent == []
    assert sent == [row.pk]


@pytest.mark.django_db(transaction=True)
def test_work_of_a_rolled_back_transaction_never_existed(calls: list[Any], sent: list[int]) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        queue.enqueue("tests.note-call", account_id=7)
        raise RuntimeError
    assert sent == []
    assert OutboxRow.objects.count() == 0


@pytest.mark.django_db
def test_a_row_runs_once_however_often_it_is_woken(calls: list[Any]) -> None:
    row = queue.enqueue("tests.note-call", account_id=7)
    assert [queue.run_row(row.pk) for _ in range(3)] == [True, False, False]
    assert calls == [{"account_id": 7}]
    row.refresh_from_db()
    assert (row.status, row.attempts, row.lease_until, row.owner) == (OutboxStatus.DONE, 1, None, "")


@pytest.mark.django_db
def test_the_same_work_is_accepted_once(calls: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        first = queue.enqueue("tests.note-call", dedupe_key="a:1", n=1)
        again = queue.enqueue("tests.note-call", dedupe_key="a:1", n=1)
        queue.enqueue("tests.note-call", dedupe_key="a:2", n=2)
    assert first.pk == again.pk
    assert len(callbacks) == 2
    assert queue.drain() == 2
    assert calls == [{"n": 1}, {"n": 2}]


@pytest.mark.django_db
def test_failures_back_off_and_end_as_a_dead_letter(calls: list[Any]) -> None:
    row = queue.enqueue("tests.note-call", fail=True)
    waits = []
    for _ in range(queue.MOST_ATTEMPTS):
        assert queue.drain() == 1
        row.refresh_from_db()
        waits.append(row.next_attempt_at - clock.real_now())
    assert waits[:-1] == sorted(waits[:-1])
    assert (row.status, row.attempts, row.last_error) == (
        OutboxStatus.DEAD,
        queue.MOST_ATTEMPTS,
        "ValueError: broken",
    )
    assert row.finished_at is not None
    assert queue.drain() == 0
    queue.revive(row)
    assert queue.drain() == 1
    with pytest.raises(IllegalTransition):
        queue.revive(OutboxRow.objects.get(pk=row.pk))


@pytest.mark.django_db
def test_work_that_cannot_be_done_yet_goes_back_until_then(
    monkeypatch: pytest.MonkeyPatch, sent: list[int]
) -> None:
    at = clock.real_now() + timedelta(seconds=40)

    def handler(**ids: Any) -> None:
        raise queue.NotYet("the provider is left in peace", not_before=at)

    monkeypatch.setitem(queue._handlers, "tests.wait", handler)
    row = queue.enqueue("tests.wait")
    assert queue.run_row(row.pk)
    row.refresh_from_db()
    assert (row.status, row.next_attempt_at, row.lease_until) == (OutboxStatus.PENDING, at, at)
    assert queued_work_is_accounted_for() == []
    assert relay.relay_outbox(real_now=at - timedelta(seconds=1), limit=10).done == 0
    assert relay.relay_outbox(real_now=at, limit=10).done == 1 and sent == [row.pk]


@pytest.mark.django_db
def test_work_that_waits_is_run_by_no_second_wake_up_and_by_the_one_after_its_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = [clock.real_now()]
    at = real[0] + timedelta(seconds=40)
    monkeypatch.setattr(clock, "real_now", lambda: real[0])
    runs: list[datetime] = []

    def handler(**ids: Any) -> None:
        runs.append(real[0])
        if real[0] < at:
            raise queue.NotYet("the provider is left in peace", not_before=at)

    monkeypatch.setitem(queue._handlers, "tests.wait", handler)
    row = queue.enqueue("tests.wait")
    assert queue.run_row(row.pk)
    assert [queue.run_row(row.pk), queue.run_row(row.pk), queue.drain()] == [False, False, 0]
    row.refresh_from_db()
    assert (row.attempts, runs) == (1, [at - timedelta(seconds=40)])
    real[0] = at
    assert queue.run_row(row.pk)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.lease_until) == (OutboxStatus.DONE, 2, None)


@pytest.mark.django_db
def test_the_relay_wakes_due_rows_with_growing_distance(calls: list[Any], sent: list[int]) -> None:
    row = queue.enqueue("tests.note-call")
    now = row.created_at
    assert relay.relay_outbox(real_now=now, limit=10).done == 0
    due = now + queue.RESEND_AFTER
    assert relay.relay_outbox(real_now=due, limit=10).done == 1
    assert relay.relay_outbox(real_now=due, limit=10).done == 0
    assert sent == [row.pk]
    row.refresh_from_db()
    assert row.sends_count == 1


@pytest.mark.django_db
def test_rows_that_no_worker_takes_keep_no_other_from_being_sent(calls: list[Any], sent: list[int]) -> None:
    now = clock.real_now()
    in_vain = {"name": "tests.note-call", "created_at": now, "next_attempt_at": now, "sends_count": 6}
    OutboxRow.objects.bulk_create([OutboxRow(**in_vain) for _ in range(40)])
    second, first = queue.enqueue("tests.note-call"), queue.enqueue("tests.note-call")
    OutboxRow.objects.filter(pk=second.pk).update(next_attempt_at=now + timedelta(seconds=9), sends_count=1)
    OutboxRow.objects.filter(pk=first.pk).update(next_attempt_at=now + timedelta(seconds=8), sends_count=5)
    assert relay.relay_outbox(real_now=now + timedelta(seconds=9), limit=5).done == 5
    assert sent[:2] == [first.pk, second.pk]
    for step in range(13):
        relay.relay_outbox(real_now=now + timedelta(seconds=10 + step), limit=5)
    assert len(set(sent)) == 42, "and those have their turn too"


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["expired", "process gone", "still running"])
def test_abandoned_runs_return_to_the_queue(
    calls: list[Any], sent: list[int], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = queue.enqueue("tests.note-call")
    now = clock.real_now()
    until = now - timedelta(seconds=1) if how == "expired" else now + timedelta(seconds=60)
    OutboxRow.objects.filter(pk=row.pk).update(
        status=OutboxStatus.RUNNING, owner=GONE, lease_until=until, attempts=1, epoch=1
    )
    monkeypatch.setattr("apps.operations.identity.is_gone", lambda name: how == "process gone")
    assert relay.reclaim_abandoned(real_now=now, limit=10) == (how != "still running")
    assert queue.drain() == (how != "still running")
    assert len(calls) == (how != "still running")


@pytest.mark.django_db
def test_a_run_that_outlived_its_lease_does_not_overwrite_its_successor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow(**ids: Any) -> None:
        relay.reclaim_abandoned(real_now=clock.real_now() + timedelta(hours=1), limit=10)

    monkeypatch.setitem(queue._handlers, "tests.slow-call", slow)
    row = queue.enqueue("tests.slow-call")
    queue.run_row(row.pk)
    row.refresh_from_db()
    assert row.status == OutboxStatus.PENDING


@pytest.mark.django_db
def test_a_task_nobody_declares_is_refused() -> None:
    with pytest.raises(NotFound):
        queue.enqueue("tests.nobody")


@pytest.mark.django_db
def test_a_silent_broker_loses_nothing(calls: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    row = queue.enqueue("tests.note-call")
    assert (
        queue.send(row.pk, "tests.note-call") is False
    )  # no Celery task of that name: any failure of the broker
    assert queue.drain() == 1
