"""Each invariant of operations holds on a clean database and names a planted violation."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.core.append_only import drop_trigger_sql
from apps.operations import clock, invariants
from apps.operations.models import AuditEvent, Lease, OutboxRow, WorkerHeartbeat
from apps.operations.types import OutboxStatus, RunStatus

LONG_AGO = timedelta(hours=1)
MINE = ("I-32", "I-41.audit", "I-47", "I-48", "I-49")


def plant_lease() -> None:
    Lease.objects.create(name="planted", owner="somebody", epoch=3, expires_at=None)


def plant_missing_trigger() -> None:
    with connection.cursor() as cursor:
        for statement in drop_trigger_sql(connection.vendor, AuditEvent._meta.db_table):
            cursor.execute(statement)


def plant_waiting_work() -> None:
    real = clock.real_now()
    WorkerHeartbeat.objects.update_or_create(
        name="operations.relay-outbox", defaults={"last_success_at": real}
    )
    OutboxRow.objects.create(name="planted", created_at=real - LONG_AGO, next_attempt_at=real - LONG_AGO)


def plant_contradiction() -> None:
    real = clock.real_now()
    OutboxRow.objects.create(
        name="planted", status=OutboxStatus.DONE, created_at=real, next_attempt_at=real, finished_at=None
    )


def plant_endless_run() -> None:
    real = clock.real_now()
    WorkerHeartbeat.objects.create(name="planted", status=RunStatus.RUNNING, lease_until=real - LONG_AGO)


def plant_endless_task() -> None:
    real = clock.real_now()
    OutboxRow.objects.create(
        name="planted",
        status=OutboxStatus.RUNNING,
        created_at=real,
        next_attempt_at=real,
        lease_until=real - LONG_AGO,
    )


@pytest.mark.django_db
def test_a_clean_database_holds() -> None:
    assert [invariants.examine(item).offences for item in invariants.registered(only=MINE)] == [()] * len(
        MINE
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "plant", "named"),
    [
        ("I-32", plant_lease, "planted"),
        ("I-41.audit", plant_missing_trigger, "operations_auditevent_no_update"),
        ("I-47", plant_waiting_work, "planted"),
        ("I-48", plant_contradiction, "planted"),
        ("I-49", plant_endless_run, "planted"),
        ("I-49", plant_endless_task, "planted"),
    ],
)
def test_a_planted_violation_is_named(
    key: str, plant: Callable[[], None], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plant()
    with pytest.raises(SystemExit) as end:
        call_command("check_invariants", "--json", "--only", key)
    (finding,) = json.loads(capsys.readouterr().out)
    assert end.value.code == 1
    assert (finding["key"], finding["holds"]) == (key, False)
    assert any(named in offence for offence in finding["offences"])


@pytest.mark.django_db
def test_work_may_wait_while_the_workers_are_down() -> None:
    plant_waiting_work()
    WorkerHeartbeat.objects.update(last_success_at=clock.real_now() - LONG_AGO)
    (item,) = invariants.registered(only=("I-47",))
    assert invariants.examine(item).holds


@pytest.mark.django_db
def test_the_command_prints_one_line_each_and_refuses_unknown_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("check_invariants", "--only", "I-32", "--only", "I-49")
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["I-32", "holds"],
        ["I-49", "holds"],
    ]
    call_command("check_invariants", "--fast", "--only", "I-32", "--only", "I-41")
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["I-32"]
    with pytest.raises(CommandError, match="I-999"):
        call_command("check_invariants", "--only", "I-999")


def test_a_check_that_crashes_proves_nothing() -> None:
    def crash() -> list[str]:
        raise ZeroDivisionError("oops")

    finding = invariants.examine(invariants.Invariant("I-x", "sentence", crash))
    assert not finding.holds and "oops" in finding.offences[0]


def test_a_key_belongs_to_one_module() -> None:
    def mine() -> list[str]:
        return []

    with pytest.raises(ValueError, match="I-32"):
        invariants.invariant("I-32", "another sentence")(mine)
