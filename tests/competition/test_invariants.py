"""Each competition invariant is silent on a sound database and names a planted violation."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from apps.clones import services as clone_services
from apps.competition import invariants
from apps.competition.models import ArenaMembership, Audition, PromotionEntry
from apps.competition.services import promotion
from apps.competition.types import AuditionStatus, EntryStatus
from apps.operations.audit import Actor
from tests import arena_world

pytestmark = pytest.mark.django_db

CHECKS = (
    invariants.terminal_auditions_have_a_result,
    invariants.passed_auditions_are_queued,
    invariants.queue_is_fifo,
    invariants.one_membership_per_clone_and_slot,
    invariants.memberships_end_after_they_start,
)


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
    auditions = list(Audition.objects.order_by("id")[:2])
    for audition in auditions:
        Audition.objects.filter(pk=audition.pk).update(status=AuditionStatus.PASSED, result_at=now)
        promotion.enqueue(audition=audition, now=now)
    assert [check() for check in CHECKS] == [[], [], [], [], []]
    return auditions


def admitted(audition: Audition, slot_number: int) -> ArenaMembership:
    """The audition's clone in a slot."""
    entry = PromotionEntry.objects.get(audition=audition)
    now = arena_world.START + timedelta(minutes=1)
    return promotion.admit(entry=entry, slot_number=slot_number, by=Actor.system("test"), now=now)


def test_I23_a_decided_audition_without_a_time(passed: list[Audition]) -> None:
    with unguarded("competition_audition", "competition_result_has_a_time"):
        Audition.objects.filter(pk=passed[0].pk).update(result_at=None)
    assert invariants.terminal_auditions_have_a_result() == [passed[0].public_id]


def test_I24_a_passed_audition_outside_the_queue(passed: list[Audition]) -> None:
    PromotionEntry.objects.filter(audition=passed[1]).delete()
    assert invariants.passed_auditions_are_queued() == [passed[1].public_id]


def test_I24_a_place_that_was_not_earned(passed: list[Audition]) -> None:
    Audition.objects.filter(pk=passed[1].pk).update(status=AuditionStatus.FAILED)
    place = PromotionEntry.objects.get(audition=passed[1])
    assert invariants.passed_auditions_are_queued() == [f"queue:{place.sequence}"]


def test_I25_the_second_before_the_first(passed: list[Audition]) -> None:
    admitted(passed[1], 1)
    assert invariants.queue_is_fifo() == ["queue:2 before queue:1"]


def test_I25_is_silent_when_the_first_may_not_enter(passed: list[Audition]) -> None:
    PromotionEntry.objects.filter(audition=passed[0]).update(reason="NOT_PUBLISHED")
    admitted(passed[1], 1)
    assert invariants.queue_is_fifo() == []


def test_I26_two_clones_in_a_slot(passed: list[Audition]) -> None:
    admitted(passed[0], 1)
    second = admitted(passed[1], 2)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX competition_one_in_a_slot")
    ArenaMembership.objects.filter(pk=second.pk).update(slot_number=1)
    assert invariants.one_membership_per_clone_and_slot() == ["slot 1"]


def test_I27_a_membership_that_ends_before_it_starts(passed: list[Audition]) -> None:
    member = admitted(passed[0], 1)
    with unguarded("competition_arenamembership", "competition_membership_interval"):
        ArenaMembership.objects.filter(pk=member.pk).update(ended_at=member.started_at - timedelta(seconds=1))
    assert invariants.memberships_end_after_they_start() == [member.public_id]


def test_a_hidden_clone_is_passed_over_with_a_reason_and_keeps_its_place(passed: list[Audition]) -> None:
    now = arena_world.START + timedelta(minutes=1)
    clone_services.moderate_clone(
        clone=passed[0].clone, to="hidden", reason="reported", by=Actor.system("test"), now=now
    )
    assert promotion.run_arena(now=now, limit=10).done == 1
    place = PromotionEntry.objects.get(audition=passed[0])
    assert (place.status, place.reason) == (EntryStatus.WAITING, "PROFILE_NOT_LIVE")
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
