"""Admission reads the queue as a whole: what it costs does not grow with who waits in vain."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps as registry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.competition.models import ArenaMembership, Audition, PromotionEntry, QueueNote
from apps.competition.services import promotion
from apps.competition.types import AuditionStatus
from tests import arena_world

pytestmark = pytest.mark.django_db
LATER = arena_world.START + timedelta(minutes=1)


@pytest.fixture
def queue(tmp_path: Path) -> list[PromotionEntry]:
    """Every audition of the world passed, in the order of the queue."""
    now = arena_world.begin(tmp_path)
    for audition in Audition.objects.order_by("id"):
        Audition.objects.filter(pk=audition.pk).update(status=AuditionStatus.PASSED, result_at=now)
        promotion.enqueue(audition=audition, now=now)
    return list(PromotionEntry.objects.order_by("sequence"))


def hide(entry: PromotionEntry) -> None:
    registry.get_model("clones.Clone").objects.filter(pk=entry.clone_id).update(status="hidden")


def statements() -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        promotion.admit_waiting(now=LATER, limit=100)
    return len(seen)


def test_waiting_in_vain_costs_the_same_for_one_and_for_all(queue: list[PromotionEntry]) -> None:
    assert len(queue) > 2
    for entry in queue:
        hide(entry)
    PromotionEntry.objects.update(status="removed")
    statements()  # the first look of all makes the row at which looks take turns
    PromotionEntry.objects.filter(pk=queue[0].pk).update(status="waiting")
    one = statements()
    PromotionEntry.objects.update(status="waiting", reason="")
    assert statements() == one
    assert set(PromotionEntry.objects.values_list("reason", flat=True)) == {"PROFILE_NOT_LIVE"}
    assert statements() == one - 2, "a reason that is known already is not written again"
    assert QueueNote.objects.filter(entry=queue[1]).count() == 1


def test_who_may_not_enter_keeps_the_place_and_the_next_is_admitted(queue: list[PromotionEntry]) -> None:
    hide(queue[0])
    report = promotion.admit_waiting(now=LATER, limit=100)
    admitted = set(ArenaMembership.objects.values_list("clone_id", flat=True))
    assert queue[0].clone_id not in admitted and queue[1].clone_id in admitted
    assert (report.done, report.skipped) == (len(admitted), 1)


def test_a_clone_without_a_strategy_waits(queue: list[PromotionEntry]) -> None:
    registry.get_model("clones.StrategyVersion").objects.filter(clone_id=queue[0].clone_id).deactivate()
    promotion.admit_waiting(now=LATER, limit=1)
    queue[0].refresh_from_db()
    assert (queue[0].status, queue[0].reason) == ("waiting", "NOT_PUBLISHED")
    assert [row.clone_id for row in ArenaMembership.objects.all()] == [queue[1].clone_id]
