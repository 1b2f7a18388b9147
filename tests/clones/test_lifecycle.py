"""Forking, holding, deleting, restoring: what may be done to a clone, and what is left of it."""

from datetime import timedelta

import pytest

from apps.clones import graph, queries, services
from apps.clones.models import Clone, CloneHold
from apps.clones.types import TRANSITIONS
from apps.core import states
from apps.core.errors import Conflict, DomainError, IllegalTransition, NotFound, PermissionRefused
from apps.operations.models import AuditEvent
from apps.users.models import User
from tests.clones.conftest import BY, NOW


def bought(clone: Clone, *, tier: str = "pro") -> None:
    services.grant_entitlement(
        clone=clone,
        tier=tier,
        model_strength="light",
        is_mock=False,
        source=f"test:{clone.pk}:{tier}",
        by=BY,
        now=NOW,
    )


def test_a_fork_starts_from_the_version_and_remembers_it(clone: Clone) -> None:
    document = graph.basic(assets=["ETH"], strategy="breakout")
    services.save_draft(clone=clone, document=document, by=BY, now=NOW)
    version = services.publish(clone=clone, by=BY, now=NOW)
    services.save_draft(clone=clone, document=graph.basic(assets=["SOL"]), by=BY, now=NOW)
    fork = services.fork_clone(clone=clone, version=version, name="Momentum II", by=BY, now=NOW)
    assert (fork.owner_id, fork.forked_from, fork.status) == (clone.owner_id, version, "live")
    assert queries.get_draft(fork).document == document
    assert queries.active_version(fork) is None
    assert queries.usable_entitlement(fork) is None
    child = services.fork_clone(
        clone=fork, version=services.publish(clone=fork, by=BY, now=NOW), name="Momentum III", by=BY, now=NOW
    )
    assert [(one.clone.name, one.number) for one in queries.ancestors(child)] == [
        ("Momentum II", 1),
        ("Momentum", 1),
    ]
    assert list(queries.list_forks(clone)) == [fork]


def test_a_fork_of_a_bigger_strategy_waits_for_its_entitlement(clone: Clone) -> None:
    bought(clone)
    wide = graph.basic(assets=["BTC", "ETH", "SOL", "DOGE"])
    services.save_draft(clone=clone, document=wide, by=BY, now=NOW)
    version = services.publish(clone=clone, by=BY, now=NOW)
    fork = services.fork_clone(clone=clone, version=version, name="Wide", by=BY, now=NOW)
    with pytest.raises(PermissionRefused) as refused:
        services.publish(clone=fork, by=BY, now=NOW)
    assert refused.value.code == "ENTITLEMENT_EXCEEDED"
    bought(fork)
    assert services.publish(clone=fork, by=BY, now=NOW).number == 1


def test_another_clones_version_is_neither_forked_nor_restored(clone: Clone) -> None:
    other = services.create_clone(owner=clone.owner, name="Other", by=BY, now=NOW)
    version = services.publish(clone=other, by=BY, now=NOW)
    with pytest.raises(NotFound, match="no such version"):
        services.fork_clone(clone=clone, version=version, name="Mine", by=BY, now=NOW)
    with pytest.raises(NotFound, match="no such version"):
        services.restore_draft(clone=clone, version=version, by=BY, now=NOW)


def test_a_restored_draft_is_the_versions_document_and_publishes_as_a_new_version(clone: Clone) -> None:
    first = services.publish(clone=clone, by=BY, now=NOW)
    services.save_draft(clone=clone, document=graph.basic(assets=["SOL"]), by=BY, now=NOW)
    services.publish(clone=clone, by=BY, now=NOW)
    draft = services.restore_draft(clone=clone, version=first, by=BY, now=NOW, expected_revision=2)
    assert (draft.document, draft.revision) == (first.document, 3)
    assert queries.diff_versions(clone, 1, 2) != ()
    third = services.publish(clone=clone, by=BY, now=NOW)
    assert (third.number, third.digest) == (3, first.digest)
    assert queries.diff_versions(clone, 1, 3) == ()
    event = AuditEvent.objects.get(verb="clones.draft.restored")
    assert event.detail == {"revision": 3, "source": first.public_id}


def test_restoring_over_somebody_elses_save_is_refused(clone: Clone) -> None:
    version = services.publish(clone=clone, by=BY, now=NOW)
    services.save_draft(clone=clone, document=graph.basic(assets=["SOL"]), by=BY, now=NOW)
    with pytest.raises(DomainError) as refused:
        services.restore_draft(clone=clone, version=version, by=BY, now=NOW, expected_revision=1)
    assert refused.value.code == "DRAFT_CONFLICT"
    assert queries.get_draft(clone).document == graph.basic(assets=["SOL"])


def test_publishing_a_draft_that_was_saved_meanwhile_is_refused(clone: Clone) -> None:
    services.save_draft(clone=clone, document=graph.basic(assets=["SOL"]), by=BY, now=NOW)
    with pytest.raises(DomainError) as refused:
        services.publish(clone=clone, by=BY, now=NOW, expected_revision=1)
    assert (refused.value.code, queries.active_version(clone)) == ("DRAFT_CONFLICT", None)
    assert services.publish(clone=clone, by=BY, now=NOW, expected_revision=2).number == 1


def test_b17_a_held_clone_is_deleted_only_after_the_last_hold(clone: Clone) -> None:
    for reference in ("audition:1", "replay:1"):
        services.place_hold(clone=clone, purpose="test", reference=reference, now=NOW)
    for reference in ("audition:1", "replay:1"):
        with pytest.raises(Conflict) as refused:
            services.delete_clone(clone=clone, by=BY, now=NOW)
        assert refused.value.code == "CLONE_IN_USE"
        assert services.release_hold(reference=reference, now=NOW + timedelta(hours=1))
    assert services.delete_clone(clone=clone, by=BY, now=NOW).status == "deleted"
    with pytest.raises(NotFound):
        queries.get_owned_clone(clone.public_id, owner=clone.owner)
    assert queries.get_clone(clone.public_id).versions.count() == 0
    assert list(queries.list_clones()) == []


def test_a_deleted_clone_is_deleted_once_and_never_held_published_or_brought_back(clone: Clone) -> None:
    services.publish(clone=clone, by=BY, now=NOW)
    services.delete_clone(clone=clone, by=BY, now=NOW)
    with pytest.raises(IllegalTransition):
        services.delete_clone(clone=clone, by=BY, now=NOW)
    with pytest.raises(IllegalTransition):
        states.advance(clone, to="live", table=TRANSITIONS)
    for act in (
        lambda: services.place_hold(clone=clone, purpose="test", reference="x", now=NOW),
        lambda: services.publish(clone=clone, by=BY, now=NOW),
        lambda: services.save_draft(clone=clone, document=graph.basic(assets=["SOL"]), by=BY, now=NOW),
    ):
        with pytest.raises(Conflict):
            act()
    assert clone.versions.count() == 1
    assert list(queries.tradable()) == []


def test_a_hold_is_placed_and_released_once(clone: Clone) -> None:
    first = services.place_hold(clone=clone, purpose="test", reference="a", now=NOW)
    again = services.place_hold(clone=clone, purpose="test", reference="a", now=NOW)
    assert (first.pk, CloneHold.objects.count()) == (again.pk, 1)
    other = services.create_clone(owner=clone.owner, name="Other", by=BY, now=NOW)
    with pytest.raises(Conflict, match="used for a hold"):
        services.place_hold(clone=other, purpose="test", reference="a", now=NOW)
    assert services.release_hold(reference="a", now=NOW)
    assert not services.release_hold(reference="a", now=NOW)
    with pytest.raises(Conflict, match="used for a hold"):
        services.place_hold(clone=clone, purpose="test", reference="a", now=NOW)


def test_free_clones_are_counted_without_bought_deleted_and_retired_ones(owner: User) -> None:
    clones = [services.create_clone(owner=owner, name=f"Free {n}", by=BY, now=NOW) for n in range(3)]
    with pytest.raises(PermissionRefused) as refused:
        services.create_clone(owner=owner, name="Fourth", by=BY, now=NOW)
    assert refused.value.code == "ENTITLEMENT_EXCEEDED"
    services.delete_clone(clone=clones[0], by=BY, now=NOW)
    services.create_clone(owner=owner, name="Fourth", by=BY, now=NOW)
    bought(clones[1])
    services.create_clone(owner=owner, name="Fifth", by=BY, now=NOW)
    states.advance(clones[2], to="retired", table=TRANSITIONS)
    services.create_clone(owner=owner, name="Sixth", by=BY, now=NOW)
    with pytest.raises(PermissionRefused):
        services.create_clone(owner=owner, name="Seventh", by=BY, now=NOW)
    services.create_clone(owner=owner, name="Paid for", by=BY, now=NOW, is_paid=True)


def test_a_reversed_purchase_makes_a_clone_count_as_free_again(owner: User, settings: object) -> None:
    clone = services.create_clone(owner=owner, name="Bought", by=BY, now=NOW)
    bought(clone)
    assert queries.count_free_clones(owner) == 0
    grant = queries.usable_entitlement(clone)
    assert grant is not None
    services.revoke_entitlement(entitlement=grant, reason="reorg", by=BY, now=NOW)
    assert queries.count_free_clones(owner) == 1
    services.reinstate_entitlement(entitlement=grant, reason="back", by=BY, now=NOW)
    services.reinstate_entitlement(entitlement=grant, reason="back", by=BY, now=NOW)
    assert queries.count_free_clones(owner) == 0
    assert AuditEvent.objects.filter(verb="clones.entitlement.reinstated").count() == 1


def test_overviews_read_many_clones_in_as_many_queries_as_one(
    owner: User, django_assert_num_queries: object
) -> None:
    for number in range(3):
        clone = services.create_clone(owner=owner, name=f"Clone {number}", by=BY, now=NOW)
        services.publish(clone=clone, by=BY, now=NOW)
    listed = list(queries.list_clones(owner=owner))
    with django_assert_num_queries(2):  # type: ignore[operator]
        rows = queries.overviews(listed)
    assert [(row.name, row.active_version, row.setup, row.tier) for row in rows] == [
        (f"Clone {number}", 1, "configured", "starter") for number in (2, 1, 0)
    ]
