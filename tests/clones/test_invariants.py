"""The invariants of clones: silent when all holds, and naming each planted violation."""

from datetime import timedelta

import pytest
from django.db import connection

from apps.clones import graph, invariants, services
from apps.clones.models import Clone, Entitlement, StrategyVersion
from tests.clones.conftest import BY, NOW


def plant_version(clone: Clone, *, digest: str = "0" * 64, assets: int = 1) -> StrategyVersion:
    document = graph.basic(assets=[f"S{index}" for index in range(assets)])
    return StrategyVersion.objects.create(
        clone=clone,
        number=7,
        document=document,
        compiled=graph.compile(document).to_document(),
        digest=digest,
        published_at=NOW,
    )


def test_all_holds_after_ordinary_use(clone: Clone) -> None:
    services.publish(clone=clone, by=BY, now=NOW)
    assert invariants.entitlements_not_overdrawn() == []
    assert invariants.one_active_version() == []
    assert invariants.versions_reproduce() == []


def test_i19_names_a_strategy_beyond_its_tier(clone: Clone) -> None:
    version = plant_version(clone, assets=4)
    assert [version.public_id in found for found in invariants.entitlements_not_overdrawn()] == [True]


def test_i19_names_a_grant_spent_before_it_was_given(clone: Clone) -> None:
    granted = services.grant_entitlement(
        clone=clone, tier="pro", model_strength="light", is_mock=False, source="test:1", by=BY, now=NOW
    )
    Entitlement.objects.filter(pk=granted.pk).update(
        consumed_at=NOW - timedelta(seconds=1), consumed_for="audition:1"
    )
    assert [granted.public_id in found for found in invariants.entitlements_not_overdrawn()] == [True]


def test_i60_names_a_clone_with_two_active_versions(clone: Clone) -> None:
    services.publish(clone=clone, by=BY, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX version_one_active_per_clone")
    plant_version(clone)
    assert [clone.public_id in found for found in invariants.one_active_version()] == [True]


def test_i61_names_a_version_that_is_not_what_was_published(clone: Clone) -> None:
    version = plant_version(clone)
    assert invariants.versions_reproduce() == [f"version {version.public_id} does not match its digest"]


@pytest.mark.django_db
def test_an_empty_database_breaks_nothing() -> None:
    assert invariants.entitlements_not_overdrawn() == []
    assert invariants.one_active_version() == []
    assert invariants.versions_reproduce() == []


def test_i19_is_silent_about_a_frozen_clone(clone: Clone) -> None:
    grant = services.grant_entitlement(
        clone=clone, tier="pro", model_strength="light", is_mock=False, source="test:1", by=BY, now=NOW
    )
    document = graph.basic(assets=["BTC", "ETH", "SOL", "DOGE"])
    services.save_draft(clone=clone, document=document, by=BY, now=NOW)
    services.publish(clone=clone, by=BY, now=NOW)
    later = NOW + timedelta(hours=1)
    services.revoke_entitlement(entitlement=grant, reason="deposit reversed", by=BY, now=later)
    assert invariants.entitlements_not_overdrawn() == []


def test_i19_names_a_strategy_published_after_its_grant_was_withdrawn(clone: Clone) -> None:
    grant = services.grant_entitlement(
        clone=clone, tier="pro", model_strength="light", is_mock=False, source="test:1", by=BY, now=NOW
    )
    early = NOW - timedelta(hours=1)
    services.revoke_entitlement(entitlement=grant, reason="deposit reversed", by=BY, now=early)
    version = plant_version(clone, assets=4)
    assert [version.public_id in found for found in invariants.entitlements_not_overdrawn()] == [True]
