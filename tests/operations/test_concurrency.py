"""Two at once, on a database where they really are at once."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from apps.operations import cadence, idempotency, leases, queue
from apps.operations.cadence import registry
from apps.operations.models import Lease
from apps.operations.types import Tick

AT = datetime(2026, 1, 1, tzinfo=UTC)
THREADS = 8

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _only_where_rows_are_locked() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite serialises writers; this needs PostgreSQL.")


def at_once(act: Callable[[int], Any]) -> list[Any]:
    """What `act(number)` returned or raised in each of the threads, all released together."""
    results: list[Any] = [None] * THREADS
    gate = threading.Barrier(THREADS)

    def run(number: int) -> None:
        gate.wait()
        try:
            results[number] = act(number)
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_one_of_many_claims_gets_the_lease() -> None:
    for round_number in range(5):
        now = AT + timedelta(minutes=round_number)
        grants = at_once(
            lambda number, now=now: leases.claim(
                "x", owner=f"o{number}", ttl=timedelta(seconds=30), real_now=now
            )
        )
        assert len([grant for grant in grants if isinstance(grant, leases.LeaseGrant)]) == 1
        assert Lease.objects.get(name="x").epoch == round_number + 1


def test_one_of_many_runners_gets_the_cadence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    ran: list[str] = []

    def body(tick: Tick) -> None:
        """Note the run."""
        ran.append(tick.run_id)

    registry.register(registry.Cadence("tests.race", timedelta(hours=1), timedelta(minutes=1), 10, body))
    outcomes = at_once(lambda number: cadence.run_once("tests.race").status)
    assert sorted(outcomes) == ["skipped"] * (THREADS - 1) + ["succeeded"]
    assert len(ran) == 1


def test_one_of_many_workers_runs_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []
    monkeypatch.setitem(queue._handlers, "tests.race", lambda **ids: ran.append(ids["n"]))
    monkeypatch.setattr(queue, "send", lambda row_id, name: True)
    row = queue.enqueue("tests.race", n=1)
    results = at_once(lambda number: queue.run_row(row.pk))
    assert sorted(results) == [False] * (THREADS - 1) + [True]
    assert ran == [1]


def test_the_same_work_enqueued_at_once_is_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(queue._handlers, "tests.race", lambda **ids: None)
    monkeypatch.setattr(queue, "send", lambda row_id, name: True)
    rows = at_once(lambda number: queue.enqueue("tests.race", dedupe_key="one", n=number).pk)
    assert len(set(rows)) == 1


def test_C21_one_of_many_equal_requests_acts() -> None:
    def act(number: int) -> int:
        def handler() -> tuple[int, Any]:
            Lease.objects.create(name=f"effect {number}")
            return 201, {"number": number}

        return idempotency.run(key="k", scope="s", body_hash="a", handler=handler, now=AT).body["number"]

    answers = at_once(act)
    numbers = {answer for answer in answers if isinstance(answer, int)}
    assert len(numbers) == 1
    assert all(isinstance(answer, int | idempotency.IdempotencyInProgress) for answer in answers)
    assert Lease.objects.filter(name__startswith="effect").count() == 1
