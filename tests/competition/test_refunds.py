"""C19, C20: leave to give a fee back; what was judged, spent or asked for already is refused with a code."""

from typing import Any

import pytest

from apps.clones import queries as clones
from apps.clones import services as clone_services
from apps.competition import queries
from apps.competition.models import Audition, RefundAuthorisation
from apps.competition.services import auditions, evaluating, refunds
from apps.core.errors import DomainError
from apps.operations.models import AuditEvent
from apps.operations.types import Actor
from tests.competition.queued import broken
from tests.competition.trials import BY, NOW, begun, fresh, granted, mark, minutes, person
from tests.trading.world import make_clone

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Actor:
    return Actor.user(person("ann"))


@pytest.fixture
def bob() -> Actor:
    return Actor.user(person("bob"))


def refused(act: Any, **arguments: Any) -> tuple[int, str]:
    with pytest.raises(DomainError) as told:
        act(now=minutes(5), **arguments)
    return told.value.status, told.value.code


def voided(by: Actor) -> Audition:
    """An audition that was voided, whose refund nobody asked for: its grant promised no rulebook."""
    clone = make_clone()
    granted(clone)
    audition = auditions.submit(clone=clone, by=BY, now=NOW)
    auditions.void(audition=audition, reason="wrong prices", by=by, now=minutes(1))
    assert not RefundAuthorisation.objects.exists()
    return fresh(audition)


def asked(audition: Audition, by: Actor) -> RefundAuthorisation:
    return refunds.ask(entitlement=audition.entitlement, reason="wrong prices", by=by, now=minutes(2))


def test_c19_of_a_voided_audition_asked_and_authorised(ann: Actor, bob: Actor) -> None:
    audition = voided(ann)
    authorisation = asked(audition, ann)
    assert (authorisation.audition_id, queries.refunds_authorised()) == (audition.pk, [])
    assert fresh(audition).entitlement.revoked_at == minutes(2)
    refunds.authorise(authorisation=authorisation, by=bob, reason="so they were", now=minutes(3))
    (told,) = queries.refunds_authorised()
    assert (told.public_id, told.source, told.audition_public_id, told.entitlement_id) == (
        authorisation.public_id,
        "purchase:1",
        audition.public_id,
        audition.entitlement_id,
    )
    assert queries.refunds_authorised(after=told.key) == []
    verbs = AuditEvent.objects.filter(subject_id=authorisation.public_id).order_by("pk")
    assert list(verbs.values_list("verb", "actor_id")) == [
        ("competition.refund.asked", ann.identifier),
        ("competition.refund.authorised", bob.identifier),
    ]
    assert broken() == {}


def test_c19_a_grant_that_nothing_spent_is_no_longer_one_to_spend(ann: Actor) -> None:
    clone = make_clone()
    grant = granted(clone)
    refunds.ask(entitlement=grant, reason="changed my mind", by=ann, now=minutes(1))
    assert clones.usable_entitlement(clone) is None
    assert refused(auditions.submit, clone=clone, by=BY) == (403, "ENTITLEMENT_EXCEEDED")
    assert broken() == {}


def test_c19_what_was_denied_is_a_grant_again_and_may_be_asked_for_again(ann: Actor, bob: Actor) -> None:
    clone = make_clone()
    grant = granted(clone)
    authorisation = refunds.ask(entitlement=grant, reason="changed my mind", by=ann, now=minutes(1))
    refunds.deny(authorisation=authorisation, by=bob, reason="play it", now=minutes(2))
    assert clones.usable_entitlement(clone) == grant
    assert (authorisation.status, queries.has_standing_refund(grant)) == ("denied", False)
    second = refunds.ask(entitlement=grant, reason="no, really", by=ann, now=minutes(3))
    assert second.pk != authorisation.pk and broken() == {}


def test_c19_a_second_one_is_refused_whoever_asks(ann: Actor, bob: Actor) -> None:
    audition = voided(ann)
    authorisation = asked(audition, ann)
    once_more = {"entitlement": audition.entitlement, "reason": "again"}
    assert refused(refunds.ask, by=bob, **once_more) == (409, "REFUND_EXISTS")
    refunds.authorise(authorisation=authorisation, by=bob, reason="yes", now=minutes(3))
    assert refused(refunds.ask, by=bob, **once_more) == (409, "REFUND_EXISTS")


@pytest.mark.parametrize("percent", [3, -6])
def test_c19_never_after_a_pass_or_a_fail(ann: Actor, percent: int) -> None:
    audition = begun()
    for at in (1, 2):
        mark(audition, percent, minutes=at)
    evaluating.evaluate(audition=fresh(audition), now=minutes(3))
    assert fresh(audition).status == ("passed" if percent > 0 else "failed")
    grant = fresh(audition).entitlement
    assert refused(refunds.ask, entitlement=grant, reason="x", by=ann) == (409, "REFUND_NOT_POSSIBLE")
    assert fresh(audition).entitlement.revoked_at is None


def test_c19_not_while_it_runs_nor_of_what_cost_nothing(ann: Actor) -> None:
    audition = begun()
    clone = make_clone("Bea")
    mock = clones.list_entitlements(clone).filter(is_mock=True).first()
    mock = mock or granted(clone, source="mock", is_mock=True)
    other = granted(clone, source="purchase:2")
    clone_services.revoke_entitlement(entitlement=other, reason="its deposit is gone", by=BY, now=NOW)
    for grant in (audition.entitlement, mock, other):
        assert refused(refunds.ask, entitlement=grant, reason="x", by=ann) == (409, "REFUND_NOT_POSSIBLE")
    wrong = {"entitlement": granted(clone, source="purchase:3"), "audition": audition, "reason": "x"}
    assert refused(refunds.ask, by=ann, **wrong) == (409, "REFUND_NOT_POSSIBLE")
    assert not RefundAuthorisation.objects.exists()


def test_c20_who_asked_does_not_authorise(ann: Actor, bob: Actor) -> None:
    authorisation = asked(voided(ann), ann)
    decide = {"authorisation": authorisation, "reason": "mine"}
    assert refused(refunds.authorise, by=ann, **decide) == (403, "FOUR_EYES_REQUIRED")
    owner = Actor.user(authorisation.entitlement.clone.owner)
    assert refused(refunds.authorise, by=owner, **decide) == (403, "FOUR_EYES_REQUIRED")
    program = Actor.system("tests")
    assert refused(refunds.authorise, by=program, **decide) == (403, "PERSON_REQUIRED")
    assert RefundAuthorisation.objects.get().status == "waiting"
    refunds.deny(authorisation=authorisation, by=ann, reason="taken back", now=minutes(4))
    assert refused(refunds.authorise, by=bob, **decide) == (409, "STATE_CHANGED")


def test_c20_a_reason_is_needed_and_a_program_does_not_ask(ann: Actor) -> None:
    grant = granted(make_clone())
    assert refused(refunds.ask, entitlement=grant, reason="  ", by=ann) == (422, "REASON_REQUIRED")
    assert refused(refunds.ask, entitlement=grant, reason="x", by=BY) == (403, "PERSON_REQUIRED")
