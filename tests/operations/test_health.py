"""Worker health over HTTP, the market clock, failpoints, and the operator's pages."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from rest_framework.test import APIClient

from apps.operations import clock, failpoints, identity, queries, queue
from apps.operations.models import AuditEvent, OutboxRow, WorkerHeartbeat
from apps.operations.types import OutboxStatus, RunStatus

AT = datetime(2026, 1, 1, tzinfo=UTC)
ADDRESS = "/api/v1/internal/health/workers"


@pytest.mark.django_db
def test_health_is_refused_without_the_scope() -> None:
    answer = APIClient().get(ADDRESS)
    assert answer.status_code == 401
    assert "workers" not in answer.json()


@pytest.mark.django_db
def test_health_names_every_worker_and_the_queue(settings: Any) -> None:
    settings.OPERATIONS_HEALTH_PERMISSION = "rest_framework.permissions.AllowAny"
    real = clock.real_now()
    WorkerHeartbeat.objects.update_or_create(
        name="operations.relay-outbox",
        defaults={
            "status": RunStatus.FAILED,
            "started_at": real,
            "interval_ms": 5000,
            "errors": ["ValueError: no"],
        },
    )
    OutboxRow.objects.create(name="x", created_at=real, next_attempt_at=real)
    body = APIClient().get(ADDRESS).json()
    worker = next(item for item in body["workers"] if item["name"] == "operations.relay-outbox")
    assert (worker["health"], worker["errors"], body["healthy"]) == ("failing", ["ValueError: no"], False)
    assert body["queue"]["pending"] == 1
    assert body["clockSpeed"] == 1.0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"started_at": None}, "never"),
        ({"status": RunStatus.SUCCEEDED, "age": 1}, "ok"),
        ({"status": RunStatus.SUCCEEDED, "age": 3600}, "late"),
        ({"status": RunStatus.RUNNING, "age": 1, "lease": 60, "owner": "elsewhere:0:1"}, "running"),
        ({"status": RunStatus.RUNNING, "age": 90, "lease": -1, "owner": "elsewhere:0:1"}, "late"),
    ],
)
def test_D16_health_goes_by_when_it_last_ran(fields: dict[str, Any], verdict: str) -> None:
    age, lease = fields.pop("age", None), fields.pop("lease", None)
    if age is not None:
        fields["started_at"] = AT - timedelta(seconds=age)
    if lease is not None:
        fields["lease_until"] = AT + timedelta(seconds=lease)
    WorkerHeartbeat.objects.update_or_create(name="operations.relay-outbox", defaults=fields)
    health = {worker.name: worker.health for worker in queries.list_workers(real_now=AT)}
    assert health["operations.relay-outbox"] == verdict


def test_a_catching_up_clock_never_passes_real_time() -> None:
    anchor = clock.Anchor(AT, AT - timedelta(hours=1), 61.0, True)
    assert clock.market_time(anchor, AT) == AT - timedelta(hours=1)
    assert clock.market_time(anchor, AT + timedelta(seconds=30)) == AT - timedelta(minutes=29, seconds=30)
    assert clock.market_time(anchor, AT + timedelta(minutes=5)) == AT + timedelta(minutes=5)
    assert clock.market_speed(anchor, AT) == 61.0
    assert clock.market_speed(anchor, AT + timedelta(minutes=5)) == 1.0
    free = clock.Anchor(AT, AT - timedelta(hours=1), 61.0, False)
    assert clock.market_time(free, AT + timedelta(minutes=5)) > AT + timedelta(minutes=5)


@pytest.mark.django_db
def test_the_anchor_is_shared_and_can_be_lifted() -> None:
    clock.set_anchor(real_now=clock.real_now(), market_at=AT - timedelta(days=900), speed=10.0)
    clock.forget()
    assert clock.now() < AT - timedelta(days=899)
    assert clock.speed() == 10.0
    clock.clear_anchor()
    assert abs(clock.now() - clock.real_now()) < timedelta(seconds=5)
    with pytest.raises(ValueError, match="speed"):
        clock.set_anchor(real_now=AT, market_at=AT, speed=0)


def test_a_failpoint_kills_only_where_it_is_named() -> None:
    code = (
        "import importlib.util as u, sys;"
        "s = u.spec_from_file_location('f', sys.argv[1]); m = u.module_from_spec(s); s.loader.exec_module(m);"
        "m.reach('other'); print('alive', flush=True); m.reach('here'); print('after')"
    )
    path = str(failpoints.__file__)
    for value, status, said in (("here", -signal.SIGKILL, "alive\n"), ("", 0, "alive\nafter\n")):
        run = subprocess.run(
            [sys.executable, "-c", code, path],
            env={**os.environ, failpoints.VARIABLE: value},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (run.returncode, run.stdout) == (status, said)


def test_f02_an_armed_failpoint_kills_at_the_pass_that_was_asked_for() -> None:
    code = (
        "import importlib.util as u, sys;"
        "s = u.spec_from_file_location('f', sys.argv[1]); m = u.module_from_spec(s); s.loader.exec_module(m);"
        "m.reach('here'); m.arm('here', hits=2);"
        "[(m.reach('other'), m.reach('here'), print(n, flush=True)) for n in range(5)]"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(failpoints.__file__)], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (-signal.SIGKILL, "0\n")


def test_a_process_knows_the_dead_of_its_own_machine_only() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    place = identity.owner().rpartition(":")[0]
    assert identity.is_gone(f"{place}:{child.pid}")
    assert not identity.is_gone(identity.owner())
    assert not identity.is_gone(f"elsewhere:1:{child.pid}")
    assert not identity.is_gone("")


PAGES = [
    "auditevent",
    "clockanchor",
    "externalevent",
    "idempotencykey",
    "lease",
    "outboxrow",
    "workerheartbeat",
]


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("op", password="a long enough password"))
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_the_operator_reads_every_table_and_adds_nothing(operator: Client, page: str) -> None:
    assert operator.get(f"/admin/operations/{page}/").status_code == 200
    assert operator.get(f"/admin/operations/{page}/add/").status_code == 403


@pytest.mark.django_db
def test_an_act_needs_post_a_reason_and_the_right_state(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "send", lambda row_id, name: True)
    row = OutboxRow.objects.create(
        name="x",
        status=OutboxStatus.DEAD,
        created_at=AT,
        next_attempt_at=AT,
        finished_at=AT,
        attempts=6,
        epoch=6,
    )
    address = f"/admin/operations/outboxrow/{row.pk}/revive/"

    def status() -> str:
        return OutboxRow.objects.values_list("status", flat=True).get(pk=row.pk)

    assert operator.get(address).status_code == 200
    operator.post(address, {"_form_submitted": "on", "reason": ""})
    assert status() == OutboxStatus.DEAD
    done = operator.post(address, {"_form_submitted": "on", "reason": "the venue is back"})
    assert done.status_code == 204
    assert status() == OutboxStatus.PENDING
    event = AuditEvent.objects.get(verb="operations.queued-work.revived")
    assert (event.reason, event.subject_id, event.actor_kind) == ("the venue is back", str(row.pk), "user")
    operator.post(address, {"_form_submitted": "on", "reason": "once more"})
    asked = AuditEvent.objects.exclude(pk=event.pk).get()
    assert (asked.reason, asked.detail) == ("once more", {"refused": "STATE_CHANGED"})


@pytest.mark.django_db
def test_an_operator_without_the_permission_is_refused() -> None:
    viewer = get_user_model().objects.create_user("viewer", password="a long enough password", is_staff=True)
    client = Client()
    client.force_login(viewer)
    row = OutboxRow.objects.create(name="x", status=OutboxStatus.DEAD, created_at=AT, next_attempt_at=AT)
    address = f"/admin/operations/outboxrow/{row.pk}/revive/"
    assert client.post(address, {"_form_submitted": "on", "reason": "please"}).status_code == 403
    row.refresh_from_db()
    assert row.status == OutboxStatus.DEAD
