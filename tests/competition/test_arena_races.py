"""H09 to H13 on PostgreSQL: promotions, looks, admissions and removals at once; one order, one slot, one history."""

from functools import partial
from typing import Any

import pytest

from apps.competition.models import ArenaMembership, Audition, PromotionEntry
from apps.competition.services import evaluating, memberships, promotion
from apps.core.errors import Conflict
from apps.operations.models import AuditEvent
from apps.trading.models import PropAccount
from tests.competition.queued import READY, again, broken, passed, state_of, waiting
from tests.competition.trials import BY, begun, fresh, mark, minutes
from tests.contenders import RACE, crowd, together

pytestmark = RACE
CROWD = 8


def test_h09_eight_pass_at_the_same_moment() -> None:
    auditions = [begun(f"Contender {number}{number}", number=number) for number in range(CROWD)]
    for audition in auditions:
        for at in (1, 2):
            mark(audition, 3, minutes=at)
    rows = [fresh(audition) for audition in auditions]
    got = crowd(CROWD, lambda number: evaluating.evaluate(audition=rows[number], now=READY))
    assert not [answer for answer in got if isinstance(answer, str)]
    entries = list(PromotionEntry.objects.order_by("sequence"))
    assert [entry.sequence for entry in entries] == list(range(1, CROWD + 1)), "no number is left out"
    assert {entry.waiting_since for entry in entries} == {READY}
    promotion.run_arena(now=minutes(4), limit=100)
    seated = ArenaMembership.objects.order_by("slot_number").values_list("entry__sequence", flat=True)
    assert list(seated) == list(range(1, CROWD + 1))
    assert broken() == {}


def test_h11_eight_looks_fill_the_last_slot(settings: Any) -> None:
    settings.ARENA_SLOTS = 1
    entries = waiting(3)
    got = crowd(CROWD, lambda _: promotion.run_arena(now=minutes(4), limit=100))
    assert sum(report.done for report in got) == 1 and not any(report.failed for report in got)
    member = ArenaMembership.objects.get()
    assert (member.entry_id, member.slot_number) == (entries[0].pk, 1)
    assert PropAccount.objects.filter(purpose="arena").count() == 1
    assert broken() == {}


def test_h11_two_clones_and_one_slot() -> None:
    first, second = waiting(2)
    got = together(
        *(
            partial(promotion.admit, entry=again(one), slot_number=1, by=BY, now=minutes(4))
            for one in (first, second)
        )
    )
    assert got.count("SLOT_TAKEN") == 1 and ArenaMembership.objects.count() == 1
    assert sorted(state_of(one)[0] for one in (first, second)) == ["admitted", "waiting"]
    assert PropAccount.objects.filter(purpose="arena").count() == 1


def test_h12_one_clone_is_given_two_slots_at_once() -> None:
    entry = passed(1)
    got = together(
        *(
            partial(promotion.admit, entry=again(entry), slot_number=slot, by=BY, now=minutes(4))
            for slot in (1, 2)
        )
    )
    assert got.count("STATE_CHANGED") == 1 and ArenaMembership.objects.count() == 1
    assert broken() == {}


def test_h12_a_member_is_not_admitted_again() -> None:
    entry, other = waiting(2)
    promotion.admit(entry=entry, slot_number=1, by=BY, now=minutes(4))
    PromotionEntry.objects.filter(pk=other.pk).update(clone=entry.clone_id)
    with pytest.raises(Conflict) as refused:
        promotion.admit(entry=again(other), slot_number=2, by=BY, now=minutes(5))
    assert (refused.value.status, refused.value.code) == (409, "ALREADY_MEMBER")
    assert state_of(other) == ("waiting", "")


def test_h13_removed_and_admitted_at_once() -> None:
    seen = set()
    for number in range(1, 9):
        entry = passed(number)
        got = together(
            partial(promotion.remove_entry, entry=again(entry), reason="asked for", by=BY, now=minutes(4)),
            partial(promotion.run_arena, now=minutes(4), limit=100),
        )
        status, _ = state_of(entry)
        member = ArenaMembership.objects.filter(entry=entry)
        assert member.count() == (status == "admitted")
        assert (got[0] == "STATE_CHANGED") == (status == "admitted")
        told = AuditEvent.objects.filter(
            verb="competition.entry.removed", subject_id=str(entry.sequence)
        ).count()
        assert told == (status == "removed")
        seen.add(status)
    assert broken() == {}


def test_h13_ended_by_two_people_and_a_look_at_once() -> None:
    for number in range(1, 5):
        promotion.admit(entry=passed(number), slot_number=number, by=BY, now=minutes(4))
        rows = [
            ArenaMembership.objects.select_related("account", "clone").get(slot_number=number) for _ in "ab"
        ]
        got = together(
            partial(memberships.end_membership, membership=rows[0], reason="cheats", by=BY, now=minutes(5)),
            partial(memberships.retire_member, membership=rows[1], reason="cheats", by=BY, now=minutes(5)),
            partial(promotion.run_arena, now=minutes(5), limit=100),
        )
        assert got.count("STATE_CHANGED") == 1 and got[2].failed == 0
        told = AuditEvent.objects.filter(
            verb="competition.membership.ended", subject_id=rows[0].public_id
        ).count()
        assert told == 1
    assert not ArenaMembership.objects.filter(ended_at=None).exists()
    assert Audition.objects.filter(status="passed").count() == 4 and broken() == {}
