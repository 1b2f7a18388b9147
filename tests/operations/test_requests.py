"""Idempotency keys, external events, artifacts and the audit record."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction

from apps.core.append_only import RowIsImmutable
from apps.core.errors import Conflict, DomainError, InvalidInput, NotFound
from apps.operations import artifacts, audit, external_events, idempotency
from apps.operations.idempotency import IdempotencyInProgress, IdempotencyMismatch
from apps.operations.models import AuditEvent, ExternalEvent, IdempotencyKey, Lease

AT = datetime(2026, 1, 1, tzinfo=UTC)
BODY = "a" * 64


class Till:
    """Counts how often it was asked to act."""

    def __init__(self, error: Exception | None = None) -> None:
        self.count, self.error = 0, error

    def __call__(self) -> tuple[int, Any]:
        self.count += 1
        Lease.objects.create(name=f"effect {self.count}")
        if self.error:
            raise self.error
        return 201, {"id": self.count}


def ask(till: Till, *, key: str = "k", body: str = BODY, now: datetime = AT) -> idempotency.Answer:
    return idempotency.run(key=key, scope="tests", body_hash=body, handler=till, now=now)


@pytest.mark.django_db
def test_C21_the_same_request_is_answered_once_and_replayed() -> None:
    till = Till()
    first, second = ask(till), ask(till, now=AT + timedelta(hours=23))
    assert (first.status, first.body, first.replayed) == (201, {"id": 1}, False)
    assert (second.status, second.body, second.replayed) == (201, {"id": 1}, True)
    assert till.count == 1
    assert ask(till, key="other").body == {"id": 2}
    assert ask(till, now=AT + timedelta(hours=25)).replayed is False


@pytest.mark.django_db
def test_C21_the_same_key_with_another_body_is_refused() -> None:
    till = Till()
    ask(till)
    with pytest.raises(IdempotencyMismatch) as refusal:
        ask(till, body="b" * 64)
    assert (refusal.value.status, till.count) == (422, 1)


@pytest.mark.django_db
def test_C21_a_running_request_is_in_progress_until_its_lock_runs_out() -> None:
    IdempotencyKey.objects.create(
        scope="tests", key="k", body_hash=BODY, created_at=AT, locked_until=AT + idempotency.LOCK_FOR
    )
    till = Till()
    with pytest.raises(IdempotencyInProgress) as refusal:
        ask(till)
    assert (refusal.value.status, refusal.value.retryable, till.count) == (409, True, 0)
    assert ask(till, now=AT + idempotency.LOCK_FOR).body == {"id": 1}


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\nb"])
def test_C21_keys_that_are_no_keys(key: str) -> None:
    with pytest.raises(InvalidInput):
        ask(Till(), key=key)


@pytest.mark.django_db
def test_C21_no_key_is_told_apart_from_a_bad_one() -> None:
    codes = []
    for key in ("", "x" * 256):
        with pytest.raises(InvalidInput) as refusal:
            ask(Till(), key=key)
        codes.append((refusal.value.status, refusal.value.code))
    assert codes == [(400, "IDEMPOTENCY_REQUIRED"), (400, "INVALID_INPUT")]


@pytest.mark.django_db
def test_C21_an_answer_that_is_still_to_come_is_not_kept() -> None:
    answers = iter([(202, "wait"), (202, "wait"), (200, "done"), (200, "again")])
    told = [
        idempotency.run(key="k", scope="tests", body_hash=BODY, handler=lambda: next(answers), now=AT)
        for _ in range(4)
    ]
    assert [(one.status, one.body) for one in told] == [(202, "wait")] * 2 + [(200, "done")] * 2
    assert [one.replayed for one in told] == [False, False, False, True]


@pytest.mark.django_db(transaction=True)
def test_C21_who_asks_other_systems_does_so_outside_a_transaction_and_is_answered_once() -> None:
    count = []

    def handler() -> tuple[int, Any]:
        count.append(connection.in_atomic_block)
        return 201, {}

    for _ in range(2):
        idempotency.run(key="k", scope="tests", body_hash=BODY, handler=handler, now=AT, apart=True)
    assert count == [False]
    with pytest.raises(ZeroDivisionError):
        idempotency.run(key="d", scope="tests", body_hash=BODY, handler=lambda: 1 // 0, now=AT, apart=True)
    assert not IdempotencyKey.objects.filter(key="d").exists()


@pytest.mark.django_db
def test_a_lasting_refusal_is_replayed_and_a_passing_failure_is_not() -> None:
    refused = Till(Conflict("Taken.", code="SLOT_TAKEN"))
    for _ in range(2):
        with pytest.raises(DomainError) as refusal:
            ask(refused)
        assert (refusal.value.code, refusal.value.status) == ("SLOT_TAKEN", 409)
    assert refused.count == 1
    passing = Till(Conflict("Later.", retryable=True))
    defect = Till(ZeroDivisionError())
    for _ in range(2):
        with pytest.raises(Conflict):
            ask(passing, key="p")
        with pytest.raises(ZeroDivisionError):
            ask(defect, key="d")
    assert (passing.count, defect.count) == (2, 2)
    assert not Lease.objects.exists()


@pytest.mark.django_db
def test_an_outside_event_is_stored_and_handled_once() -> None:
    seen: list[int] = []
    message = {"source": "chain", "external_id": "tx1", "kind": "deposit", "payload": {"wei": str(10**30)}}
    row, new = external_events.store_once(**message, now=AT)
    again, renewed = external_events.store_once(**message, now=AT)
    assert (new, renewed, row.pk) == (True, False, again.pk)
    results = [
        external_events.handle_once(item, handler=lambda event: seen.append(event.pk), now=AT)
        for item in (row, again)
    ]
    assert (results, seen) == ([True, False], [row.pk])
    with pytest.raises(Conflict):
        external_events.store_once(**message | {"payload": {"wei": "1"}}, now=AT)


@pytest.mark.django_db
def test_a_failed_handler_leaves_the_event_unhandled() -> None:
    row, _ = external_events.store_once(source="s", external_id="1", kind="k", payload={}, now=AT)

    def broken(event: ExternalEvent) -> None:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        external_events.handle_once(row, handler=broken, now=AT)
    assert ExternalEvent.objects.get(pk=row.pk).handled_at is None


def test_artifacts_are_what_their_name_says(settings: Any, tmp_path: Path) -> None:
    settings.ARTIFACT_ROOT = tmp_path
    digest = artifacts.put(b"hello")
    assert artifacts.put(b"hello") == digest
    assert artifacts.get(digest) == b"hello"
    (tmp_path / digest[:2] / digest).write_bytes(b"altered")
    with pytest.raises(artifacts.ArtifactDamaged):
        artifacts.get(digest)
    for name in ("../../etc/passwd", "0" * 64, digest.upper(), digest + "\n"):
        with pytest.raises(NotFound):
            artifacts.get(name)


@pytest.mark.django_db
def test_an_act_is_written_with_its_actor_reason_and_subject() -> None:
    user = get_user_model().objects.create_user("op", password="long enough password")
    lease = Lease.objects.create(name="x")
    by = audit.Actor.user(user)
    event = audit.record(
        verb="tests.lease.freed", by=by, subject=lease, reason="stuck", detail={"n": 1}, now=AT
    )
    stored = AuditEvent.objects.get(pk=event.pk)
    assert (stored.actor_kind, stored.actor_id) == ("user", by.identifier)
    assert (stored.subject_type, stored.subject_id) == ("operations.lease", str(lease.pk))
    assert (stored.reason, stored.detail, stored.at) == ("stuck", {"n": 1}, AT)


@pytest.mark.django_db
def test_B06_the_audit_record_cannot_be_changed_by_any_path() -> None:
    event = audit.record(verb="a.b.c", by=audit.Actor.system("tests"), subject="thing:1", now=AT)
    for act in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(reason="x"),
        lambda: AuditEvent.objects.bulk_update([event], ["reason"]),
    ):
        with pytest.raises(RowIsImmutable):
            act()
    for sql in ("UPDATE operations_auditevent SET reason = 'x'", "DELETE FROM operations_auditevent"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    assert AuditEvent.objects.get(pk=event.pk).reason == ""
