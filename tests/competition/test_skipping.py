"""H10, H16: who may not enter is passed over with reasons on record, nobody starves, and late looks catch up in order."""

from typing import Any

import pytest

from apps.clones import services as clone_services
from apps.competition.models import ArenaMembership, PromotionEntry, QueueNote
from apps.competition.services import auditions, evaluating, promotion
from apps.core.errors import Conflict
from apps.trading.services import accounts
from tests.competition.queued import broken, state_of, waiting
from tests.competition.trials import BY, begun, mark, minutes

pytestmark = pytest.mark.django_db


def moderate(entry: PromotionEntry, to: str, *, at: int) -> None:
    clone_services.moderate_clone(clone=entry.clone, to=to, reason="reported", by=BY, now=minutes(at))


def look(at: int) -> Any:
    return promotion.run_arena(now=minutes(at), limit=100)


def noted(entry: PromotionEntry) -> list[tuple[str, Any]]:
    return list(QueueNote.objects.filter(entry=entry).order_by("pk").values_list("reason", "at"))


def test_h10_every_change_of_an_obstacle_is_noted_and_none_twice(settings: Any) -> None:
    settings.ARENA_SLOTS = 1
    first, second = waiting(2)
    grant = first.audition.entitlement
    moderate(first, "hidden", at=4)
    look(4)
    look(5)
    clone_services.revoke_entitlement(entitlement=grant, reason="its deposit is gone", by=BY, now=minutes(6))
    moderate(first, "live", at=6)
    look(6)
    clone_services.reinstate_entitlement(entitlement=grant, reason="it is back", by=BY, now=minutes(7))
    auditions.flag_bought(entitlement=grant, reason="looked at", by=BY, now=minutes(7))
    look(7)
    auditions.unflag_bought(entitlement=grant, by=BY, now=minutes(8))
    look(8)
    assert noted(first) == [
        ("PROFILE_NOT_LIVE", minutes(4)),
        ("ENTITLEMENT_LOST", minutes(6)),
        ("AUDITION_FLAGGED", minutes(7)),
        ("", minutes(8)),
    ]
    assert (state_of(first), state_of(second)[0]) == (("waiting", ""), "admitted")
    assert broken() == {}


def test_h10_nobody_waits_behind_a_page_of_those_who_may_not_enter(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promotion, "PAGE", 2)
    entries = waiting(6)
    for entry in entries[:5]:
        moderate(entry, "hidden", at=4)
    report = promotion.run_arena(now=minutes(4), limit=1)
    assert (report.done, report.skipped, state_of(entries[5])[0]) == (1, 5, "admitted")
    assert {state_of(entry) for entry in entries[:5]} == {("waiting", "PROFILE_NOT_LIVE")}
    assert broken() == {}


def test_h10_one_who_cannot_be_admitted_is_told_why_and_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second, third = waiting(3)
    opened = accounts.open_account

    def refusing(*, clone: Any, **rest: Any) -> Any:
        if clone.pk == first.clone_id:
            raise Conflict("no account for you", code="POLICY_UNREADABLE")
        if clone.pk == second.clone_id:
            raise ZeroDivisionError("a fault of ours")
        return opened(clone=clone, **rest)

    monkeypatch.setattr(accounts, "open_account", refusing)
    report = look(4)
    assert (report.done, report.failed, report.errors) == (1, 1, ("queue:2: a fault of ours",))
    assert [state_of(one) for one in (first, second, third)] == [
        ("waiting", "POLICY_UNREADABLE"),
        ("waiting", "ADMISSION_FAILED"),
        ("admitted", ""),
    ]
    assert ArenaMembership.objects.get().slot_number == 1 and broken() == {}


def test_h16_two_hours_without_a_look_are_caught_up_in_order(settings: Any) -> None:
    settings.ARENA_SLOTS = 2
    late = minutes(123)
    made = [begun(f"Contender {number}{number}", number=number) for number in range(1, 5)]
    for number, audition in enumerate(made, start=1):
        for at in (1, 2):
            mark(audition, -6 if number == 2 else 3, minutes=at)
    for _ in "ab":
        evaluating.evaluate_due(now=late, limit=100)
        promotion.run_arena(now=late, limit=100)
    entries = PromotionEntry.objects.order_by("sequence")
    assert [(one.sequence, one.clone_id) for one in entries] == [
        (place, made[number].clone_id) for place, number in enumerate((0, 2, 3), start=1)
    ]
    seated = ArenaMembership.objects.order_by("slot_number").values_list("clone_id", "started_at")
    assert list(seated) == [(made[0].clone_id, late), (made[2].clone_id, late)]
    assert broken() == {}
