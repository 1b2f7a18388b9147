"""Acts that need a second person: who may ask, release and refuse, once, in time, and what stays on record."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from apps.core.errors import Conflict, DomainError, IllegalTransition, NotFound, PermissionRefused
from apps.operations import audit, clock, queries, second_person
from apps.operations.cadence import run_once
from apps.operations.models import AuditEvent, ClockAnchor, HeldAct
from apps.operations.second_person import HeldCall, SecondPersonRequired, held_act
from apps.operations.services import held_acts
from apps.operations.types import HELD_TRANSITIONS, Actor, HeldStatus
from apps.users.models import User
from tests.contenders import RACE, together

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
NAME = "operations.clock.test-act"
MAY = "operations.change_clockanchor"
STAYS, ENDS = (
    Conflict("No price.", code="PRICE_UNUSABLE", retryable=True),
    Conflict("Too late.", code="CLOSED"),
)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[HeldCall]:
    """The calls of the act, which is registered for this test alone; a DomainError put in front is raised."""
    calls: list[Any] = []

    def carry_out(call: HeldCall) -> str:
        audit.record(verb="test.done", by=call.released_by, subject="test:1", now=call.now)
        if calls and isinstance(calls[0], DomainError):
            raise calls[0]
        calls.append(call)
        return "Done as asked."

    monkeypatch.setattr(second_person, "_kinds", dict(second_person._kinds))
    held_act(NAME, permission=MAY, title="Test act")(carry_out)
    return calls


def operator(name: str, *codes: str) -> User:
    person = User.objects.create(username=name, is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=codes))
    return User.objects.get(pk=person.pk)


@pytest.fixture
def first(done: list[HeldCall]) -> User:
    return operator("first", "change_clockanchor")


@pytest.fixture
def second(done: list[HeldCall]) -> User:
    return operator("second", "change_clockanchor", "view_heldact")


@pytest.fixture
def act(first: User) -> HeldAct:
    return asked(first)


def asked(by: User, **changes: Any) -> HeldAct:
    anchor, _ = ClockAnchor.objects.get_or_create(pk=1, defaults={"real_at": NOW, "market_at": NOW})
    values = {
        "name": NAME,
        "subject": anchor,
        "payload": {"amount": -5},
        "summary": "Take five",
        "reason": "booked twice",
        "by": Actor.user(by),
        "now": NOW,
    }
    return held_acts.ask(**{**values, **changes})


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))


def test_nothing_happens_until_another_person_releases_it(
    act: HeldAct, second: User, done: list[HeldCall]
) -> None:
    assert done == [] and list(queries.waiting_acts(now=SOON)) == [act]
    released = held_acts.release(act=act, person=second, reason="checked", now=SOON)
    act.refresh_from_db()
    assert (act.status, act.outcome, released.status) == ("released", "Done as asked.", "released")
    [call] = done
    assert (call.payload, call.reason, call.reference) == ({"amount": -5}, "booked twice", act.public_id)
    assert (call.asked_by.label, call.released_by.label, call.now) == ("first", "second", SOON)
    assert verbs() == [f"{NAME}-asked", "test.done", f"{NAME}-released"]
    assert {event.subject_id for event in AuditEvent.objects.exclude(verb="test.done")} == {"1"}
    assert list(queries.waiting_acts(now=SOON)) == []


def test_who_asked_cannot_release(act: HeldAct, first: User, done: list[HeldCall]) -> None:
    with pytest.raises(SecondPersonRequired) as caught:
        held_acts.release(act=act, person=first, reason="checked", now=SOON)
    assert caught.value.code == "SECOND_PERSON_REQUIRED"
    assert done == [] and HeldAct.objects.get().status == "waiting"


def test_the_database_knows_two_persons_too(act: HeldAct) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        HeldAct.objects.update(status="released", decided_by_id=act.asked_by_id, decided_at=SOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        HeldAct.objects.update(status="released", decided_by_id="", decided_at=SOON)


@pytest.mark.parametrize("decide", [held_acts.release, held_acts.refuse])
def test_a_person_without_the_permission_decides_nothing(
    act: HeldAct, decide: Any, done: list[HeldCall]
) -> None:
    for name, codes in (("nobody", ()), ("looker", ("view_heldact", "change_heldact"))):
        with pytest.raises(PermissionRefused):
            decide(act=act, person=operator(name, *codes), reason="checked", now=SOON)
    gone = operator("gone", "change_clockanchor")
    gone.is_active = False
    with pytest.raises(PermissionRefused):
        decide(act=act, person=gone, reason="checked", now=SOON)
    assert done == [] and HeldAct.objects.get().status == "waiting"


def test_a_refused_act_is_over_and_may_be_asked_for_again(
    act: HeldAct, first: User, second: User, done: list[HeldCall]
) -> None:
    held_acts.refuse(act=act, person=second, reason="not needed", now=SOON)
    with pytest.raises(IllegalTransition):
        held_acts.release(act=act, person=second, reason="after all", now=SOON)
    again = asked(first, now=SOON)
    held_acts.refuse(act=again, person=first, reason="my mistake", now=SOON)
    assert done == [] and set(HeldAct.objects.values_list("status", flat=True)) == {"refused"}


def test_one_act_of_a_kind_waits_on_a_subject(act: HeldAct, first: User) -> None:
    with pytest.raises(held_acts.AlreadyWaiting):
        asked(first)
    assert HeldAct.objects.count() == 1
    asked(first, now=NOW + timedelta(hours=25))
    assert list(HeldAct.objects.order_by("id").values_list("status", flat=True)) == ["expired", "waiting"]


def test_an_unknown_act_or_one_without_a_reason_is_not_held(first: User, done: list[HeldCall]) -> None:
    with pytest.raises(NotFound):
        asked(first, name="operations.clock.unheard-of")
    with pytest.raises(DomainError):
        asked(first, reason="  ")
    assert not HeldAct.objects.exists()


def test_it_expires_after_a_day_with_or_without_the_cadence(
    act: HeldAct, second: User, done: list[HeldCall]
) -> None:
    late = NOW + timedelta(hours=24)
    with pytest.raises(Conflict) as caught:
        held_acts.release(act=act, person=second, reason="checked", now=late)
    assert caught.value.code == "HELD_ACT_EXPIRED" and done == []
    assert held_acts.expire_due(now=late - timedelta(seconds=1), limit=10).seen == 0
    assert held_acts.expire_due(now=late, limit=10).done == 1
    assert (HeldAct.objects.get().status, verbs()[-1]) == ("expired", f"{NAME}-expired")
    with pytest.raises(IllegalTransition):
        held_acts.refuse(act=act, person=second, reason="checked", now=late)


def test_the_cadence_ends_what_is_overdue(act: HeldAct) -> None:
    assert run_once("operations.expire-held-acts", force=True).report.done == 1


@pytest.mark.parametrize(("refusal", "status"), [(STAYS, "waiting"), (ENDS, "failed")])
def test_a_refusal_of_the_domain_leaves_nothing_and_waits_where_later_can_help(
    act: HeldAct, second: User, done: list[Any], refusal: DomainError, status: str
) -> None:
    done.append(refusal)
    after = held_acts.release(act=act, person=second, reason="checked", now=SOON)
    act.refresh_from_db()
    assert (after.status, act.status) == (status, status)
    assert act.outcome == f"{refusal.code}: {refusal.detail}"
    assert "test.done" not in verbs()
    event = AuditEvent.objects.latest("id")
    assert (event.verb, event.detail["refused"]) == (f"{NAME}-release-failed", refusal.code)
    done.clear()
    if status == "waiting":
        assert held_acts.release(act=act, person=second, reason="again", now=SOON).status == "released"


@pytest.mark.parametrize("source", HeldStatus.values)
@pytest.mark.parametrize("target", HeldStatus.values)
def test_it_is_decided_once(source: str, target: str) -> None:
    assert (target in HELD_TRANSITIONS[source]) == (source == "waiting" and target != "waiting")


def test_the_console_releases_and_refuses_by_post_alone(
    first: User, second: User, done: list[HeldCall]
) -> None:
    act = asked(first, now=clock.now())
    address = reverse("admin:operations_heldact_release", args=[act.pk])
    form = {"_form_submitted": "true", "reason": "checked", "confirmation": act.public_id}
    asker, other = Client(), Client()
    first.user_permissions.add(Permission.objects.get(codename="view_heldact"))
    asker.force_login(first)
    other.force_login(second)
    assert other.get(address).status_code == 200 and done == []
    assert act.public_id.encode() in other.get(address).content
    mistyped = other.post(address, form | {"confirmation": "hld_other", "reason": "a long thought"})
    assert mistyped.status_code == 200 and b"not the identifier" in mistyped.content
    assert b"a long thought" in mistyped.content and not AuditEvent.objects.filter(verb="test.done").exists()
    asker.post(address, form)
    assert done == [] and AuditEvent.objects.latest("id").detail == {"refused": "SECOND_PERSON_REQUIRED"}
    other.post(address, form)
    assert len(done) == 1 and HeldAct.objects.get().status == "released"
    other.post(address, form)
    assert len(done) == 1 and AuditEvent.objects.latest("id").detail == {"refused": "STATE_CHANGED"}
    page = other.get(reverse("admin:operations_heldact_change", args=[act.pk]))
    assert page.status_code == 200 and b"Take five" in page.content


def test_a_release_that_the_rules_stop_is_nobodys_refusal(first: User, second: User, done: list[Any]) -> None:
    done.append(ENDS)
    held_acts.release(act=asked(first), person=second, reason="checked", now=SOON)
    client = Client()
    client.force_login(second)
    page = client.get("/admin/second-person/").content.decode()
    assert "Could not be carried out" in page and "CLOSED: Too late." in page
    assert "released by second" in page and "efused by" not in page


class TestRaces:
    """Two persons decide at once, on PostgreSQL."""

    pytestmark = RACE

    def test_two_who_release_at_once_carry_it_out_once(self, done: list[HeldCall]) -> None:
        people = [operator(name, "change_clockanchor") for name in ("second", "third", "fourth")]
        act = asked(operator("first", "change_clockanchor"))

        def release(person: User) -> str:
            mine = HeldAct.objects.get(pk=act.pk)
            return held_acts.release(act=mine, person=person, reason="checked", now=SOON).status

        got = together(*(lambda person=person: release(person) for person in people))
        assert sorted(got) == ["STATE_CHANGED", "STATE_CHANGED", "released"]
        assert len(done) == 1 and verbs().count("test.done") == 1

    def test_releasing_and_refusing_at_once_do_one_of_both(self, done: list[HeldCall]) -> None:
        second, third = (operator(name, "change_clockanchor") for name in ("second", "third"))
        act = asked(operator("first", "change_clockanchor"))
        got = together(
            lambda: (
                held_acts.release(act=HeldAct.objects.get(), person=second, reason="yes", now=SOON).status
            ),
            lambda: held_acts.refuse(act=HeldAct.objects.get(), person=third, reason="no", now=SOON).status,
        )
        act.refresh_from_db()
        assert got.count("STATE_CHANGED") == 1 and act.status in got
        assert len(done) == (1 if act.status == "released" else 0)
