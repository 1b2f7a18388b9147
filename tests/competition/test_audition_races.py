"""H01, H02, H04, H07: many at once on one audition; exactly one wins, the others get an answer with a code."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from apps.competition import invariants
from apps.competition.models import Audition, PromotionEntry, RefundAuthorisation, Rulebook
from apps.competition.services import auditions, evaluating, rulebooks
from apps.competition.types import AuditionStatus
from apps.operations.models import AuditEvent
from apps.operations.types import Actor
from apps.trading.models import PropAccount
from tests.competition import trials
from tests.competition.trials import BY, NOW, begun, fresh, mark, minutes
from tests.contenders import RACE, crowd, together
from tests.trading.world import make_clone

pytestmark = RACE
CROWD = 8


def codes(got: list[Any]) -> list[str]:
    return sorted(answer for answer in got if isinstance(answer, str))


@pytest.mark.parametrize("grants", [1, 3])
def test_h01_eight_submit_one_clone_at_once(grants: int) -> None:
    clone = make_clone()
    digest = trials.rulebook().digest
    for number in range(grants):
        trials.granted(clone, source=f"purchase:{number}", digest=digest)
    got = crowd(CROWD, lambda _: auditions.submit(clone=clone, by=BY, now=NOW))
    assert codes(got) == ["AUDITION_EXISTS"] * (CROWD - 1)
    assert Audition.objects.count() == PropAccount.objects.count() == 1
    assert clone.entitlements.exclude(consumed_at=None).count() == 1
    assert invariants.users_hold_their_clones() == []


def test_h01_eight_name_the_same_grant_at_once() -> None:
    clone = make_clone()
    grant = trials.granted(clone, digest=trials.rulebook().digest)
    got = crowd(CROWD, lambda _: auditions.submit(clone=clone, entitlement=grant, by=BY, now=NOW))
    begun_by = {answer.pk for answer in got if isinstance(answer, Audition)}
    assert len(begun_by) == Audition.objects.count() == 1
    assert set(codes(got)) <= {"AUDITION_EXISTS"}


def test_h02_a_worker_an_operator_and_a_beat_judge_at_once() -> None:
    for number in range(4):
        audition = begun(f"Contender {number}{number}", number=number)
        for at in (1, 2):
            mark(audition, 3, minutes=at)
        mine = [fresh(audition) for _ in range(3)]
        got = together(
            *(partial(evaluating.evaluate, audition=one, now=minutes(3)) for one in mine),
            partial(evaluating.evaluate_due, now=minutes(3), limit=10),
        )
        answers = got[:3]
        won = [answer for answer in answers if not isinstance(answer, str)]
        assert len(won) + got[3].done == 1
        assert set(codes(answers)) <= {"STATE_CHANGED"}
        assert fresh(audition).status == AuditionStatus.PASSED
        assert PromotionEntry.objects.filter(audition=audition).count() == 1
        told = AuditEvent.objects.filter(subject_id=audition.public_id, verb="competition.audition.passed")
        assert told.count() == 1


def test_h04_eight_void_while_one_judges() -> None:
    operator = Actor.user(trials.person("olga"))
    seen = set()
    for number in range(3):
        audition = begun(f"Contender {number}{number}", number=number)
        for at in (1, 2):
            mark(audition, 3, minutes=at)
        rows = [fresh(audition) for _ in range(CROWD)]
        voids: list[Callable[[], Any]] = [
            partial(auditions.void, audition=row, reason="wrong prices", by=operator, now=minutes(3))
            for row in rows[1:]
        ]
        judging: Callable[[], Any] = partial(evaluating.evaluate, audition=rows[0], now=minutes(3))
        got = together(*([judging, *voids] if number % 2 else [*voids, judging]))
        assert codes(got) == ["STATE_CHANGED"] * (CROWD - 1)
        ended = fresh(audition)
        refunded = RefundAuthorisation.objects.filter(audition=audition).count()
        queued = PromotionEntry.objects.filter(audition=audition).count()
        assert (refunded, queued) == ((1, 0) if ended.status == AuditionStatus.VOIDED else (0, 1))
        seen.add(ended.status)
    assert AuditionStatus.VOIDED in seen


def test_h04_a_flag_and_a_judgement_meet() -> None:
    for number in range(4):
        audition = begun(f"Contender {number}{number}", number=number)
        for at in (1, 2):
            mark(audition, 3, minutes=at)
        row = fresh(audition)
        got = together(
            partial(evaluating.evaluate, audition=row, now=minutes(3)),
            partial(
                auditions.flag_bought, entitlement=row.entitlement, reason="doubt", by=BY, now=minutes(3)
            ),
        )
        ended = fresh(audition)
        assert got[1] is True and ended.flagged_at == minutes(3)
        assert (got[0] == "AUDITION_FLAGGED") == (ended.status == AuditionStatus.RUNNING)


def test_h07_an_outage_moves_the_end_once_for_all_who_look() -> None:
    audition = begun(window_minutes=60)
    trials.silence(10, 25)
    rows = [fresh(audition) for _ in range(CROWD)]
    together(*(partial(evaluating.evaluate, audition=row, now=minutes(30)) for row in rows))
    assert fresh(audition).ends_at == minutes(75)
    told = AuditEvent.objects.filter(verb="competition.audition.extended", subject_id=audition.public_id)
    assert told.count() == 1


def test_one_rulebook_is_offered_whoever_offers_at_once() -> None:
    standing = crowd(CROWD, lambda _: rulebooks.offered(now=NOW).digest)
    assert len(set(standing)) == 1
    seasons = [trials.rulebook(title=f"Season {number}") for number in range(4)]
    got = crowd(
        4, lambda number: rulebooks.offer(rulebook=seasons[number], reason="a new season", by=BY, now=NOW)
    )
    assert set(codes(got)) <= {"STATE_CHANGED"} and len(codes(got)) < 4
    assert Rulebook.objects.get(is_offered=True) in seasons
