"""Each competition invariant is silent on a sound database and names a planted violation."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from apps.clones import services as clone_services
from apps.competition import invariants
from apps.competition.models import (
    ArenaMembership,
    Audition,
    PromotionEntry,
    QueueNote,
    RefundAuthorisation,
)
from apps.competition.services import auditions, memberships, promotion, refunds
from apps.competition.types import AuditionStatus, EntryStatus
from apps.core.append_only import drop_trigger_sql
from apps.operations.audit import Actor
from apps.users.services.accounts import create_user
from tests import arena_world

pytestmark = pytest.mark.django_db

CHECKS = (
    invariants.refunds_take_two,
    invariants.refunded_grants_are_not_used,
    invariants.terminal_auditions_have_a_result,
    invariants.passed_auditions_are_queued,
    invariants.queue_is_fifo,
    invariants.one_membership_per_clone_and_slot,
    invariants.memberships_end_after_they_start,
    invariants.users_hold_their_clones,
    invariants.notes_are_append_only,
)


def broken() -> dict[str, list[str]]:
    """Every check that finds something, by its name."""
    return {check.__name__: found for check in CHECKS if (found := check())}


@contextmanager
def unguarded(table: str, constraint: str) -> Iterator[None]:
    """Lift a check constraint, so that the checker is tried on what the database would refuse."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints=1")
            yield
            cursor.execute("PRAGMA ignore_check_constraints=0")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"')
            yield


@pytest.fixture
def passed(tmp_path: Path) -> list[Audition]:
    """Two passed auditions with their places in the queue, and nothing that breaks a rule."""
    now = arena_world.begin(tmp_path)
    chosen = list(Audition.objects.order_by("id")[:2])
    for audition in chosen:
        Audition.objects.filter(pk=audition.pk).update(status=AuditionStatus.PASSED, result_at=now)
        clone_services.release_hold(reference=auditions.hold_of(audition), now=now)
        promotion.enqueue(audition=audition, now=now)
    assert broken() == {}
    return chosen


def admitted(audition: Audition, slot_number: int) -> ArenaMembership:
    """The audition's clone in a slot."""
    entry = PromotionEntry.objects.get(audition=audition)
    now = arena_world.START + timedelta(minutes=1)
    return promotion.admit(entry=entry, slot_number=slot_number, by=Actor.system("test"), now=now)


def test_I23_a_decided_audition_without_a_time(passed: list[Audition]) -> None:
    with unguarded("competition_audition", "competition_result_has_a_time"):
        Audition.objects.filter(pk=passed[0].pk).update(result_at=None)
    assert broken() == {"terminal_auditions_have_a_result": [passed[0].public_id]}


def test_I24_a_passed_audition_outside_the_queue(passed: list[Audition]) -> None:
    place = PromotionEntry.objects.get(audition=passed[1])
    clone_services.release_hold(reference=promotion.place_of(place), now=place.waiting_since)
    place.delete()
    assert broken() == {"passed_auditions_are_queued": [passed[1].public_id]}


def test_I24_a_place_that_was_not_earned(passed: list[Audition]) -> None:
    Audition.objects.filter(pk=passed[1].pk).update(status=AuditionStatus.FAILED)
    place = PromotionEntry.objects.get(audition=passed[1])
    assert broken() == {"passed_auditions_are_queued": [f"queue:{place.sequence}"]}


def test_I25_the_second_before_the_first(passed: list[Audition]) -> None:
    admitted(passed[1], 1)
    assert broken() == {"queue_is_fifo": ["queue:2 before queue:1"]}


def noted(audition: Audition, reason: str, *, minutes: float) -> None:
    """A note about the audition's place in the queue, so many minutes after the start."""
    at = arena_world.START + timedelta(minutes=minutes)
    QueueNote.objects.create(entry=audition.promotion, reason=reason, at=at)


def test_I25_is_silent_when_the_first_may_not_enter(passed: list[Audition]) -> None:
    noted(passed[0], "NOT_PUBLISHED", minutes=0.5)
    admitted(passed[1], 1)
    assert broken() == {}


@pytest.mark.parametrize("minutes", [0.75, 1.5])
def test_I25_an_obstacle_of_another_time_is_no_excuse(passed: list[Audition], minutes: float) -> None:
    noted(passed[0], "NOT_PUBLISHED", minutes=0.5 if minutes < 1 else 1.25)
    noted(passed[0], "", minutes=minutes)
    admitted(passed[1], 1)
    assert broken() == {"queue_is_fifo": ["queue:2 before queue:1"]}


def test_I25_remembers_who_was_passed_over_and_entered_later(passed: list[Audition]) -> None:
    admitted(passed[1], 1)
    late = arena_world.START + timedelta(minutes=2)
    promotion.admit(entry=passed[0].promotion, slot_number=2, by=Actor.system("test"), now=late)
    assert broken() == {"queue_is_fifo": ["queue:2 before queue:1"]}


def test_I26_two_clones_in_a_slot(passed: list[Audition]) -> None:
    admitted(passed[0], 1)
    second = admitted(passed[1], 2)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX competition_one_in_a_slot")
    ArenaMembership.objects.filter(pk=second.pk).update(slot_number=1)
    assert broken() == {"one_membership_per_clone_and_slot": ["slot 1"]}


def test_I27_a_membership_that_ends_before_it_starts(passed: list[Audition]) -> None:
    member = admitted(passed[0], 1)
    clone_services.release_hold(reference=memberships.slot_of(member), now=member.started_at)
    with unguarded("competition_arenamembership", "competition_membership_interval"):
        ArenaMembership.objects.filter(pk=member.pk).update(ended_at=member.started_at - timedelta(seconds=1))
    assert broken() == {"memberships_end_after_they_start": [member.public_id]}


def test_I41_notes_without_a_trigger(passed: list[Audition]) -> None:
    with connection.cursor() as cursor:
        for statement in drop_trigger_sql(connection.vendor, "competition_queuenote")[:1]:
            cursor.execute(statement)
    assert broken() == {"notes_are_append_only": ["trigger competition_queuenote_no_update is missing"]}


@pytest.fixture
def refund(passed: list[Audition]) -> RefundAuthorisation:
    """A refund of a voided audition's grant, authorised by another person than who asked."""
    audition = Audition.objects.filter(status=AuditionStatus.RUNNING).earliest("pk")
    now, by = arena_world.START, Actor.system("test")
    asker, decider = (create_user(username=name, by=by, now=now) for name in ("asker", "decider"))
    auditions.void(audition=audition, reason="prices were wrong", by=Actor.user(asker), now=now)
    asked = refunds.ask(
        entitlement=audition.entitlement, reason="it was voided", by=Actor.user(asker), now=now
    )
    refunds.authorise(authorisation=asked, by=Actor.user(decider), reason="so it was", now=now)
    assert broken() == {}
    return asked


def test_I21_one_person_alone(refund: RefundAuthorisation) -> None:
    with unguarded("competition_refundauthorisation", "competition_refund_takes_two"):
        RefundAuthorisation.objects.filter(pk=refund.pk).update(decided_by=refund.asked_by)
    assert broken() == {"refunds_take_two": [refund.public_id]}


def test_I21_two_refunds_of_a_grant(refund: RefundAuthorisation) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX competition_one_refund_of_a_grant")
    RefundAuthorisation.objects.create(
        entitlement=refund.entitlement, reason="again", asked_by=refund.asked_by, asked_at=refund.asked_at
    )
    assert broken() == {"refunds_take_two": [f"grant {refund.entitlement_id}"]}


def test_I22_a_refunded_audition_that_was_judged(refund: RefundAuthorisation) -> None:
    Audition.objects.filter(pk=refund.audition_id).update(status=AuditionStatus.FAILED)
    assert broken() == {"refunded_grants_are_not_used": [refund.public_id]}


def test_I22_a_refunded_grant_that_is_live(refund: RefundAuthorisation) -> None:
    clone_services.reinstate_entitlement(
        entitlement=refund.entitlement, reason="by hand", by=Actor.system("test"), now=refund.asked_at
    )
    assert broken() == {"refunded_grants_are_not_used": [refund.public_id]}


def test_a_hidden_clone_is_passed_over_with_a_reason_and_keeps_its_place(passed: list[Audition]) -> None:
    now = arena_world.START + timedelta(minutes=1)
    clone_services.moderate_clone(
        clone=passed[0].clone, to="hidden", reason="reported", by=Actor.system("test"), now=now
    )
    assert promotion.run_arena(now=now, limit=10).done == 1
    place = PromotionEntry.objects.get(audition=passed[0])
    assert (place.status, place.reason) == (EntryStatus.WAITING, "PROFILE_NOT_LIVE")
    assert broken() == {}
    assert [row.clone_id for row in ArenaMembership.objects.all()] == [passed[1].clone_id]


def test_the_queue_admits_in_order_and_numbers_the_slots(passed: list[Audition]) -> None:
    report = promotion.run_arena(now=arena_world.START + timedelta(minutes=1), limit=10)
    assert report.done == 2
    members = ArenaMembership.objects.order_by("slot_number")
    assert [(row.slot_number, row.clone_id) for row in members] == [
        (1, passed[0].clone_id),
        (2, passed[1].clone_id),
    ]
    assert set(PromotionEntry.objects.values_list("status", flat=True)) == {EntryStatus.ADMITTED}
