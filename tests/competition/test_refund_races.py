"""C19, C20 and H05 on PostgreSQL: asking, spending and deciding at once; one wins, the others get a code."""

from functools import partial

from apps.competition.models import Audition, RefundAuthorisation
from apps.competition.services import auditions, refunds
from apps.operations.types import Actor
from tests.competition import trials
from tests.competition.queued import broken
from tests.competition.trials import BY, NOW, granted, minutes
from tests.contenders import RACE, crowd, together
from tests.trading.world import make_clone

pytestmark = RACE
CROWD = 8
ROUNDS = 3


def test_c19_eight_ask_for_one_refund_at_once() -> None:
    grant = granted(make_clone())
    people = [Actor.user(trials.person(f"person {number}")) for number in range(CROWD)]
    got = crowd(
        CROWD, lambda number: refunds.ask(entitlement=grant, reason="x", by=people[number], now=minutes(1))
    )
    assert sorted(answer for answer in got if isinstance(answer, str)) == ["REFUND_EXISTS"] * (CROWD - 1)
    assert RefundAuthorisation.objects.count() == 1 and broken() == {}


def test_c19_a_refund_and_a_retry_at_once() -> None:
    ann = Actor.user(trials.person("ann"))
    for number in range(ROUNDS):
        clone = make_clone(f"Contender {number}{number}")
        grant = granted(clone, source=f"purchase:{number}")
        got = together(
            partial(refunds.ask, entitlement=grant, reason="x", by=ann, now=minutes(1)),
            partial(auditions.submit, clone=clone, by=BY, now=minutes(1)),
        )
        lost = [answer for answer in got if isinstance(answer, str)]
        assert len(lost) == 1 and lost[0] in {"REFUND_NOT_POSSIBLE", "ENTITLEMENT_EXCEEDED"}
        begun = Audition.objects.filter(clone=clone).exists()
        assert begun != RefundAuthorisation.objects.filter(entitlement=grant).exists()
    assert broken() == {}


def test_c20_one_authorises_while_others_deny() -> None:
    people = [Actor.user(trials.person(f"person {number}")) for number in range(4)]
    for number in range(ROUNDS):
        grant = granted(make_clone(f"Contender {number}{number}"), source=f"purchase:{number}")
        asked = refunds.ask(entitlement=grant, reason="x", by=people[0], now=NOW)
        rows = [RefundAuthorisation.objects.get(pk=asked.pk) for _ in people]
        got = together(
            *(
                partial(act, authorisation=row, reason="y", by=person, now=minutes(1))
                for act, row, person in zip(
                    (refunds.deny, refunds.authorise, refunds.authorise, refunds.deny),
                    rows,
                    people,
                    strict=True,
                )
            )
        )
        assert got.count("STATE_CHANGED") == 3
        asked.refresh_from_db()
        grant.refresh_from_db()
        assert (asked.status == "authorised") == (grant.revoked_at is not None)
    assert broken() == {}


def test_c19_denied_and_asked_again_at_once_leaves_one_or_none() -> None:
    ann, bob = (Actor.user(trials.person(name)) for name in ("ann", "bob"))
    for number in range(ROUNDS):
        grant = granted(make_clone(f"Contender {number}{number}"), source=f"purchase:{number}")
        asked = refunds.ask(entitlement=grant, reason="x", by=ann, now=NOW)
        together(
            partial(refunds.deny, authorisation=asked, reason="no", by=bob, now=minutes(1)),
            partial(refunds.ask, entitlement=grant, reason="again", by=bob, now=minutes(1)),
        )
        standing = RefundAuthorisation.objects.filter(entitlement=grant).exclude(status="denied").count()
        grant.refresh_from_db()
        assert standing == (grant.revoked_at is not None)
    assert broken() == {}
