"""The cadence runner: due times, claims, takeovers, results, and what beat is told."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from apps.core.errors import NotFound
from apps.operations import cadence, clock, identity
from apps.operations.cadence import registry
from apps.operations.models import WorkerHeartbeat
from apps.operations.services import beat
from apps.operations.types import Report, RunStatus, Tick

NAME = "tests.count-sheep"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Tick]]:
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    made: list[Tick] = []

    @cadence.cadence(NAME, every=cadence.seconds(10), lease=cadence.seconds(60), limit=5)
    def count_sheep(tick: Tick) -> Report:
        """Count sheep."""
        made.append(tick)
        if len(made) == 3:
            raise ValueError("no sheep")
        return Report(seen=4, done=2, skipped=1, failed=1, errors=("one limps",))

    yield made
    current_app.tasks.pop(NAME, None)


def heartbeat(**fields: Any) -> WorkerHeartbeat:
    WorkerHeartbeat.objects.filter(name=NAME).update(**fields)
    return WorkerHeartbeat.objects.get(name=NAME)


def test_a_run_leaves_its_report(ticks: list[Tick]) -> None:
    outcome = cadence.run_once(NAME)
    row = heartbeat()
    assert outcome.status == row.status == RunStatus.SUCCEEDED
    assert (row.seen_count, row.done_count, row.skipped_count, row.failed_count) == (4, 2, 1, 1)
    assert row.errors == ["one limps"]
    assert (row.lease_until, row.epoch, row.runs_count, row.failed_runs_count) == (None, 1, 1, 0)
    assert row.run_id == ticks[0].run_id
    assert ticks[0].limit == 5


def test_it_runs_only_when_due_unless_forced(ticks: list[Tick]) -> None:
    assert cadence.run_once(NAME).status == "succeeded"
    assert cadence.run_once(NAME).detail == "not due"
    assert cadence.run_once(NAME, force=True).status == "succeeded"
    assert [tick.force for tick in ticks] == [False, True]
    heartbeat(next_due_at=clock.real_now())
    assert cadence.run_once(NAME).status == "failed"


def test_a_failed_run_is_recorded_and_not_raised(ticks: list[Tick]) -> None:
    for _ in range(3):
        outcome = cadence.run_once(NAME, force=True)
    row = heartbeat()
    assert (outcome.status, row.status, row.errors) == ("failed", RunStatus.FAILED, ["ValueError: no sheep"])
    assert (row.runs_count, row.failed_runs_count) == (3, 1)
    assert row.last_success_at is not None and row.lease_until is None


def test_a_live_claim_is_respected_and_an_expired_one_taken_over(ticks: list[Tick]) -> None:
    cadence.run_once(NAME)
    real = clock.real_now()
    heartbeat(
        status=RunStatus.RUNNING, owner="elsewhere:0:1", lease_until=real + timedelta(seconds=50), epoch=7
    )
    assert "held by" in cadence.run_once(NAME, force=True).detail
    heartbeat(lease_until=real - timedelta(seconds=1))
    assert cadence.run_once(NAME, force=True).status == "succeeded"
    assert heartbeat().epoch == 8


def test_the_claim_of_a_dead_process_is_taken_over_at_once(ticks: list[Tick]) -> None:
    cadence.run_once(NAME)
    dead = identity.owner().rpartition(":")[0] + ":4194305"
    heartbeat(status=RunStatus.RUNNING, owner=dead, lease_until=clock.real_now() + timedelta(seconds=50))
    assert cadence.run_once(NAME, force=True).status == "succeeded"


def test_a_run_that_was_taken_over_does_not_overwrite(
    ticks: list[Tick], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(tick: Tick) -> None:
        heartbeat(epoch=99, status=RunStatus.RUNNING, owner="another")

    item = registry.get_cadence(NAME)
    registry._registered[NAME] = cadence.Cadence(NAME, item.every, item.lease, item.limit, slow)
    cadence.run_once(NAME)
    assert (heartbeat().owner, heartbeat().status, heartbeat().epoch) == ("another", RunStatus.RUNNING, 99)


def test_a_run_costs_at_most_three_queries(ticks: list[Tick]) -> None:
    cadence.run_once(NAME)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        cadence.run_once(NAME, force=True)
    assert len(queries) <= 3
    with CaptureQueriesContext(connection) as queries:
        cadence.run_once(NAME)
    assert len(queries) == 1


def test_the_body_gets_market_time_and_the_pace_follows_the_clock(ticks: list[Tick]) -> None:
    real = clock.real_now()
    start = real - timedelta(days=400)
    clock.set_anchor(real_now=real, market_at=start, speed=5.0)
    cadence.run_once(NAME)
    assert start <= ticks[0].now < start + timedelta(minutes=5)
    assert cadence.real_interval(cadence.get_cadence(NAME)) == timedelta(seconds=2)
    clock.set_anchor(real_now=real, market_at=start, speed=1000.0)
    assert cadence.real_interval(cadence.get_cadence(NAME)) == timedelta(milliseconds=500)
    assert cadence.run_once(NAME).status == "succeeded"  # due at the new pace, though the old date is far off


def test_beat_is_told_what_is_declared_and_only_that(ticks: list[Tick]) -> None:
    PeriodicTask.objects.filter(name__startswith=beat.PREFIX).delete()
    beat.sync_schedule()
    names = {item.name for item in cadence.all_cadences()}
    assert (
        set(PeriodicTask.objects.filter(name__startswith=beat.PREFIX).values_list("task", flat=True)) == names
    )
    entry = PeriodicTask.objects.get(task=NAME)
    assert (entry.interval.every, entry.interval.period) == (10_000_000, "microseconds")
    assert beat.sync_schedule() == 0
    clock.set_anchor(real_now=clock.real_now(), market_at=clock.real_now(), speed=2.0)
    beat.sync_schedule()
    assert PeriodicTask.objects.get(task=NAME).interval.every == 5_000_000
    del registry._registered[NAME]
    beat.sync_schedule()
    assert not PeriodicTask.objects.filter(task=NAME).exists()
    assert not WorkerHeartbeat.objects.filter(name=NAME).exists()


def test_every_cadence_is_a_celery_task_that_survives_a_killed_worker() -> None:
    for item in cadence.all_cadences():
        task = current_app.tasks[item.name]
        assert task.acks_late and task.reject_on_worker_lost
        assert item.purpose, f"{item.name} says nothing about its purpose"


def test_the_command_runs_names_and_refuses(ticks: list[Tick], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("cadence", "once", NAME, "--force")
    assert '"done": 2' in capsys.readouterr().out
    call_command("cadence", "list")
    assert f"{NAME}" in capsys.readouterr().out
    call_command("cadence", "loop", NAME, "--for-seconds", "0.1")
    call_command("cadence", "sync")
    with pytest.raises(CommandError, match="There is no cadence"):
        call_command("cadence", "once", "tests.nothing")
    cadence.run_once(NAME, force=True)
    ticks[:] = ticks[:1] * 2
    with pytest.raises(CommandError, match="no sheep"):
        call_command("cadence", "once", NAME, "--force")
    with pytest.raises(NotFound):
        cadence.run_once("tests.nothing")


def test_a_slow_cadence_fits_beats_column(ticks: list[Tick]) -> None:
    item = registry.get_cadence(NAME)
    registry._registered[NAME] = cadence.Cadence(NAME, cadence.minutes(1440), item.lease, 5, item.body)
    beat.sync_schedule()
    entry = PeriodicTask.objects.get(task=NAME)
    assert (entry.interval.every, entry.interval.period) == (86_400, "seconds")


def test_a_new_entry_is_due_at_once_and_one_that_ran_waits_for_its_interval() -> None:
    beat.sync_schedule()
    entry = ModelEntry(PeriodicTask.objects.get(task="operations.relay-outbox"), app=current_app)
    assert entry.is_due()[0]
    PeriodicTask.objects.update(last_run_at=clock.real_now())
    beat.sync_schedule()
    entry = ModelEntry(PeriodicTask.objects.get(task="operations.relay-outbox"), app=current_app)
    assert not entry.is_due()[0]
