"""Entitlements: granted once per source, spent once, never from a mock."""

import pytest

from apps.clones import queries, services
from apps.clones.models import Clone, Entitlement
from apps.core.errors import Conflict, PermissionRefused
from apps.users.models import User
from tests.clones.conftest import BY, NOW


def grant(clone: Clone, *, tier: str = "builder", source: str = "test:1") -> Entitlement:
    return services.grant_entitlement(
        clone=clone, tier=tier, model_strength="standard", is_mock=False, source=source, by=BY, now=NOW
    )


def spend(clone: Clone, purpose: str) -> Entitlement:
    return services.consume_entitlement(clone=clone, purpose=purpose, by=BY, now=NOW)


def test_a_new_clone_has_a_mock_starter_that_may_never_audition(clone: Clone) -> None:
    effective = queries.effective_entitlement(clone)
    assert effective is not None
    assert (effective.tier, effective.is_mock) == ("starter", True)
    assert queries.usable_entitlement(clone) is None
    with pytest.raises(PermissionRefused):
        spend(clone, "audition:1")


def test_an_entitlement_is_spent_once(clone: Clone) -> None:
    granted = grant(clone)
    assert spend(clone, "audition:1").pk == granted.pk
    with pytest.raises(PermissionRefused) as refused:
        spend(clone, "audition:2")
    assert refused.value.code == "ENTITLEMENT_EXCEEDED"


def test_the_same_purpose_spends_nothing_more(clone: Clone) -> None:
    grant(clone)
    second = grant(clone, source="test:2")
    assert spend(clone, "audition:1").pk == spend(clone, "audition:1").pk
    usable = queries.usable_entitlement(clone)
    assert usable is not None
    assert usable.pk == second.pk


def test_a_purpose_of_another_clone_is_refused(clone: Clone, owner: User) -> None:
    grant(clone)
    spend(clone, "audition:1")
    other = services.create_clone(owner=owner, name="Other", by=BY, now=NOW)
    grant(other, source="test:2")
    with pytest.raises(Conflict):
        spend(other, "audition:1")


def test_a_source_grants_once_and_only_one_thing(clone: Clone) -> None:
    assert grant(clone).pk == grant(clone).pk
    with pytest.raises(Conflict):
        grant(clone, tier="pro")
    assert Entitlement.objects.filter(source="test:1").get().tier == "builder"


def test_a_spent_grant_still_gives_its_tier_and_a_revoked_one_gives_nothing(clone: Clone) -> None:
    granted = grant(clone)
    spend(clone, "audition:1")
    effective = queries.effective_entitlement(clone)
    assert effective is not None
    assert effective.pk == granted.pk
    services.revoke_entitlement(entitlement=granted, reason="reversed", by=BY, now=NOW)
    effective = queries.effective_entitlement(clone)
    assert effective is not None
    assert effective.is_mock


def test_a_grant_is_withdrawn_for_as_long_as_one_reason_stands(clone: Clone) -> None:
    granted = grant(clone)
    for reason in ("left the chain", "refund asked", "refund asked"):
        services.revoke_entitlement(entitlement=granted, reason=reason, by=BY, now=NOW)
    assert granted.revoked_reason == "left the chain; refund asked"
    for over in ("left the chain", "something else"):
        services.reinstate_entitlement(entitlement=granted, reason="over", by=BY, now=NOW, withdrawn_for=over)
        assert (granted.revoked_at, granted.revoked_reason) == (NOW, "refund asked")
    services.reinstate_entitlement(
        entitlement=granted, reason="over", by=BY, now=NOW, withdrawn_for="refund asked"
    )
    assert (granted.revoked_at, granted.revoked_reason) == (None, "")


def test_a_grant_that_is_given_back_for_good_has_no_reason_left(clone: Clone) -> None:
    granted = grant(clone)
    for reason in ("left the chain", "refund asked"):
        services.revoke_entitlement(entitlement=granted, reason=reason, by=BY, now=NOW)
    services.reinstate_entitlement(entitlement=granted, reason="by hand", by=BY, now=NOW)
    assert (granted.revoked_at, granted.revoked_reason) == (None, "")


def test_a_revoked_grant_cannot_be_spent(clone: Clone) -> None:
    services.revoke_entitlement(entitlement=grant(clone), reason="reversed", by=BY, now=NOW)
    with pytest.raises(PermissionRefused):
        spend(clone, "audition:1")
