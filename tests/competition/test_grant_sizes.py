"""A clone plays on the grant that was spent last; a grant that does not cover what is published begins nothing."""

from typing import Any

import pytest

from apps.clones import queries as clones
from apps.clones import services as clone_services
from apps.competition.models import ArenaMembership, Audition, RefundAuthorisation
from apps.competition.services import auditions, evaluating, promotion, retiring
from apps.competition.services.memberships import PAYMENT_MAY_BE_LOST
from apps.core.errors import Conflict
from apps.operations.types import Actor
from tests.competition.queued import again, broken, passed, state_of
from tests.competition.trials import BY, NOW, begun, fresh, granted, mark, minutes, person
from tests.trading import world

pytestmark = pytest.mark.django_db
LARGE = {"tier": "pro", "model_strength": "frontier"}


def lost(audition: Audition, *, at: int) -> None:
    for minute in (at, at + 1):
        mark(audition, -7, minutes=minute)
    assert evaluating.evaluate(audition=fresh(audition), now=minutes(at + 2)).status == "failed"


def widen(clone: Any) -> None:
    """Publish more than the starter tier allows."""
    for symbol in ("ETH", "SOL", "DOGE"):
        world.make_asset(symbol)
    document = clone_services.compose_basic(assets=["BTC", "ETH", "SOL", "DOGE"])
    clone_services.save_draft(clone=clone, document=document, by=BY, now=NOW)
    clone_services.publish(clone=clone, by=BY, now=NOW)


def test_a_smaller_retry_plays_on_what_it_paid_for() -> None:
    clone = world.make_clone()
    granted(clone, **LARGE)
    lost(auditions.submit(clone=clone, by=BY, now=NOW), at=1)
    granted(clone, source="purchase:2")
    version = clones.active_version(clone)
    assert version is not None and clones.model_strength(version) == "frontier"
    auditions.submit(clone=clone, by=BY, now=minutes(5))
    best = clones.effective_entitlement(clone)
    assert best is not None and (best.tier, best.model_strength) == ("starter", "light")
    granted(clone, source="purchase:3", **LARGE)
    assert clones.model_strength(version) == "light"


def test_a_grant_that_does_not_cover_what_is_published_is_not_spent() -> None:
    clone = world.make_clone()
    granted(clone, **LARGE)
    widen(clone)
    lost(auditions.submit(clone=clone, by=BY, now=NOW), at=1)
    small = granted(clone, source="purchase:2")
    assert clones.usable_entitlement(clone) is None
    for named in (None, small):
        with pytest.raises(Conflict) as refused:
            auditions.submit(clone=clone, entitlement=named, by=BY, now=minutes(5))
        assert refused.value.code == "GRANT_TOO_SMALL"
    large = granted(clone, source="purchase:3", **LARGE)
    assert auditions.submit(clone=clone, by=BY, now=minutes(6)).entitlement == large
    small.refresh_from_db()
    assert small.consumed_at is None and broken() == {}


def test_voiding_what_left_the_chain_asks_for_the_fee_and_its_return_gives_nothing_back() -> None:
    audition = begun()
    grant = audition.entitlement
    clone_services.revoke_entitlement(entitlement=grant, reason="left the chain", by=BY, now=minutes(2))
    auditions.flag_bought(entitlement=grant, reason="left the chain", by=BY, now=minutes(2))
    auditions.void(
        audition=fresh(audition), reason="reorganised", by=Actor.user(person("olga")), now=minutes(3)
    )
    assert RefundAuthorisation.objects.get().audition == audition
    clone_services.reinstate_entitlement(
        entitlement=grant, reason="back", by=BY, now=minutes(4), withdrawn_for="left the chain"
    )
    assert fresh(audition).entitlement.revoked_at is not None and broken() == {}


@pytest.mark.parametrize("doubt", ["ENTITLEMENT_LOST", "AUDITION_FLAGGED"])
def test_who_is_in_doubt_since_the_queue_was_read_is_not_admitted(doubt: str) -> None:
    entry = passed(1)
    grant = entry.audition.entitlement
    if doubt == "ENTITLEMENT_LOST":
        clone_services.revoke_entitlement(entitlement=grant, reason="left", by=BY, now=minutes(4))
    else:
        auditions.flag_bought(entitlement=grant, reason="left", by=BY, now=minutes(4))
    with pytest.raises(Conflict) as refused:
        promotion.admit(entry=again(entry), slot_number=1, by=BY, now=minutes(4))
    assert refused.value.code == doubt and state_of(entry)[0] == "waiting"
    assert not ArenaMembership.objects.exists()


def test_a_member_whose_payment_is_lost_for_a_day_loses_its_slot() -> None:
    entry = passed(1)
    promotion.run_arena(now=minutes(4), limit=10)
    grant = entry.audition.entitlement
    clone_services.revoke_entitlement(entitlement=grant, reason="left", by=BY, now=minutes(5))
    version = clones.active_version(entry.clone)
    assert version is not None and clones.is_entitlement_lost(version)
    promotion.run_arena(now=minutes(4) + PAYMENT_MAY_BE_LOST, limit=10)
    assert ArenaMembership.objects.get().ended_at is None
    promotion.run_arena(now=minutes(5) + PAYMENT_MAY_BE_LOST, limit=10)
    assert ArenaMembership.objects.get().reason == "ENTITLEMENT_LOST" and broken() == {}


def test_the_audition_of_a_retired_clone_fails_unless_its_payment_is_in_doubt() -> None:
    audition, doubted = begun(), begun("Bob", number=2)
    for one in (audition, doubted):
        clone_services.moderate_clone(clone=one.clone, to="retired", reason="x", by=BY, now=minutes(1))
    auditions.flag_bought(entitlement=doubted.entitlement, reason="left", by=BY, now=minutes(1))
    report = retiring.fail_retired(by=BY, now=minutes(2), limit=10)
    assert (report.done, report.failed) == (1, 0)
    ended = fresh(audition)
    assert (ended.status, ended.reason, ended.account.status) == ("failed", "CLONE_RETIRED", "completed")
    assert fresh(doubted).status == "running" and not RefundAuthorisation.objects.exists()
    assert retiring.fail_retired(by=BY, now=minutes(3), limit=10).seen == 0 and broken() == {}
