"""What hiding, reinstating and retiring a clone does to its place in the queue and its slot in the Arena."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from apps.clones import services as clone_services
from apps.competition import invariants, queries
from apps.competition.models import ArenaMembership, Audition, PromotionEntry
from apps.competition.services import promotion
from apps.competition.types import AuditionStatus
from apps.core.errors import Conflict
from apps.operations.audit import Actor
from apps.operations.models import AuditEvent
from apps.trading import queries as trading
from apps.trading.services import accounts
from apps.users.models import User
from tests import arena_world

pytestmark = pytest.mark.django_db
BY = Actor.system("tests.moderated")
LATER = arena_world.START + timedelta(minutes=1)
HIDDEN = "Hidden clone"


@pytest.fixture
def queue(tmp_path: Path) -> list[PromotionEntry]:
    """Every audition of the world passed, in the order of the queue."""
    now = arena_world.begin(tmp_path)
    for audition in Audition.objects.order_by("id"):
        Audition.objects.filter(pk=audition.pk).update(status=AuditionStatus.PASSED, result_at=now)
        clone_services.release_hold(reference=f"audition:{audition.public_id}", now=now)
        promotion.enqueue(audition=audition, now=now)
    return list(PromotionEntry.objects.order_by("sequence"))


def moderate(clone: Any, to: str) -> None:
    clone_services.moderate_clone(clone=clone, to=to, reason="reported by many", by=BY, now=LATER)


def test_b16_a_hidden_clone_in_the_queue_is_passed_over_and_admitted_when_reinstated(
    queue: list[PromotionEntry],
) -> None:
    first = queue[0]
    moderate(first.clone, "hidden")
    promotion.run_arena(now=LATER, limit=100)
    first.refresh_from_db()
    assert (first.status, first.reason) == ("waiting", "PROFILE_NOT_LIVE")
    assert HIDDEN in {row.clone_name for row in queries.queue_entries()}
    moderate(first.clone, "live")
    promotion.run_arena(now=LATER, limit=100)
    first.refresh_from_db()
    assert (first.status, first.reason) == ("admitted", "")


def test_b16_a_hidden_member_loses_its_slot_and_keeps_its_account(queue: list[PromotionEntry]) -> None:
    promotion.run_arena(now=LATER, limit=100)
    member = ArenaMembership.objects.select_related("clone", "account").get(clone_id=queue[0].clone_id)
    others = set(ArenaMembership.objects.exclude(pk=member.pk).values_list("pk", flat=True))
    moderate(member.clone, "hidden")
    shown = {row.clone_public_id: row.clone_name for row in queries.arena_standings()}
    assert shown[member.clone.public_id] == HIDDEN, "the name is gone before the next look"
    report = promotion.run_arena(now=LATER, limit=100)
    member.refresh_from_db()
    assert (report.done, member.ended_at, member.reason) == (1, LATER, "PROFILE_NOT_LIVE")
    account = trading.list_accounts(clone=member.clone).get(pk=member.account_id)
    assert account.closed_reason == "PROFILE_NOT_LIVE" and account.status == "completed"
    assert set(ArenaMembership.objects.filter(ended_at=None).values_list("pk", flat=True)) == others
    assert AuditEvent.objects.filter(verb="competition.membership.ended").count() == 1
    assert invariants.users_hold_their_clones() == []


def test_an_account_that_cannot_be_closed_keeps_its_slot_and_holds_up_nobody(
    queue: list[PromotionEntry], settings: Any
) -> None:
    settings.ARENA_SLOTS = 2
    assert promotion.run_arena(now=LATER, limit=100).done == 2
    stuck, leaving = queue[0].clone, queue[1].clone
    moderate(stuck, "hidden")
    moderate(leaving, "hidden")
    close = accounts.close_account

    def closed(*, account: Any, **rest: Any) -> Any:
        if account.clone_id == stuck.pk:
            raise Conflict("The positions cannot be closed now", code="PRICE_UNUSABLE", retryable=True)
        return close(account=account, **rest)

    with patch.object(accounts, "close_account", closed):
        report = promotion.run_arena(now=LATER, limit=100)
    kept = ArenaMembership.objects.get(clone=stuck)
    assert (kept.ended_at, trading.list_accounts(clone=stuck).get(pk=kept.account_id).status) == (
        None,
        "active",
    )
    assert (report.failed, report.errors) == (
        1,
        (f"{kept.public_id}: The positions cannot be closed now",),
    )
    assert ArenaMembership.objects.get(clone=leaving).ended_at == LATER
    assert ArenaMembership.objects.get(clone=queue[2].clone).slot_number == 2, "the freed slot is filled"
    assert promotion.run_arena(now=LATER, limit=100).failed == 0
    assert ArenaMembership.objects.get(clone=stuck).ended_at == LATER


def test_b16_a_reinstated_member_does_not_come_back_by_itself(queue: list[PromotionEntry]) -> None:
    promotion.run_arena(now=LATER, limit=100)
    clone = queue[0].clone
    moderate(clone, "hidden")
    promotion.run_arena(now=LATER, limit=100)
    moderate(clone, "live")
    promotion.run_arena(now=LATER, limit=100)
    assert not ArenaMembership.objects.filter(clone=clone, ended_at=None).exists()
    names = {view.clone_name for view in queries.list_auditions(clone=clone)}
    assert names == {clone.name}


def test_b16_a_retired_clone_leaves_the_queue_and_the_arena(queue: list[PromotionEntry]) -> None:
    promotion.admit_waiting(now=LATER, limit=1)
    member, waiting = queue[0], queue[1]
    moderate(member.clone, "retired")
    moderate(waiting.clone, "retired")
    promotion.run_arena(now=LATER, limit=100)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.reason) == ("removed", "CLONE_RETIRED")
    ended = ArenaMembership.objects.get(clone_id=member.clone_id)
    assert (ended.reason, ended.ended_at) == ("CLONE_RETIRED", LATER)
    assert invariants.users_hold_their_clones() == []


def test_b16_pages_and_routes_do_not_tell_the_name_of_a_hidden_clone(
    queue: list[PromotionEntry], client: Client
) -> None:
    promotion.admit_waiting(now=LATER, limit=1)
    hidden = [queue[0].clone, queue[1].clone]
    for clone in hidden:
        moderate(clone, "hidden")
    pages = ("/", "/auditions", "/live/arena")
    routes = ("lifecycle/arena", "lifecycle/queue", "lifecycle/auditions")
    for path in (*pages, *(f"/api/v1/{route}" for route in routes)):
        answer = client.get(path)
        assert answer.status_code == 200
        for clone in hidden:
            assert clone.name not in answer.content.decode(), path
    assert User.objects.filter(clones=hidden[0]).exists()
