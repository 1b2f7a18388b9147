"""What players see of a clone along its career, and the holds that keep it from being deleted meanwhile."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps as registry
from django.test import Client

from apps.clones import queries as clones
from apps.clones import services as clone_services
from apps.clones.types import TRANSITIONS
from apps.competition import invariants, queries
from apps.competition.models import ArenaMembership, Audition, PromotionEntry, Rulebook
from apps.competition.services import auditions, memberships, promotion
from apps.competition.types import AUDITION_TRANSITIONS, AuditionStatus, LifecycleState
from apps.core import states
from apps.core.errors import Conflict, NotFound
from apps.operations.audit import Actor
from apps.users.services.accounts import create_user
from tests import arena_world

pytestmark = pytest.mark.django_db
BY = Actor.system("tests")
NOW = arena_world.START + timedelta(minutes=1)


@pytest.fixture
def audition(tmp_path: Path) -> Iterator[Audition]:
    """The first audition of a small arena; whatever a test does, holds and their users agree at its end."""
    arena_world.begin(tmp_path)
    assert invariants.users_hold_their_clones() == []
    yield Audition.objects.earliest("pk")
    assert invariants.users_hold_their_clones() == []


def state(clone: Any) -> LifecycleState:
    return queries.lifecycle_state(clones.get_clone(clone.public_id))


def refusal(clone: Any) -> str:
    with pytest.raises(Conflict) as refused:
        clone_services.delete_clone(clone=clone, by=BY, now=NOW)
    return refused.value.code


def passed(audition: Audition) -> PromotionEntry:
    """Pass the audition the way its judgement does."""
    promotion.enqueue(audition=audition, now=NOW)
    states.advance(audition, to=AuditionStatus.PASSED, table=AUDITION_TRANSITIONS, result_at=NOW)
    clone_services.release_hold(reference=auditions.hold_of(audition), now=NOW)
    return PromotionEntry.objects.get(audition=audition)


def test_b17_a_career_from_the_audition_to_the_end_of_the_arena(audition: Audition) -> None:
    clone = audition.clone
    assert (state(clone), refusal(clone)) == (LifecycleState.AUDITION_RUNNING, "CLONE_IN_USE")
    entry = passed(audition)
    assert (state(clone), refusal(clone)) == (LifecycleState.COMPETITION_ELIGIBLE, "CLONE_IN_USE")
    membership = promotion.admit(entry=entry, slot_number=1, by=BY, now=NOW)
    assert (state(clone), refusal(clone)) == (LifecycleState.COMPETING, "CLONE_IN_USE")
    memberships.end_membership(membership=membership, reason="retired", by=BY, now=NOW)
    assert state(clone) == LifecycleState.CONFIGURED
    clone_services.delete_clone(clone=clone, by=BY, now=NOW)
    assert state(clone) == LifecycleState.RETIRED


def test_a_voided_audition_lets_its_clone_go_and_may_be_repeated(audition: Audition) -> None:
    auditions.void(audition=audition, reason="prices were wrong", by=BY, now=NOW)
    assert state(audition.clone) == LifecycleState.AUDITION_FAILED
    clone_services.grant_entitlement(
        clone=audition.clone,
        tier="starter",
        model_strength="light",
        is_mock=False,
        source="again",
        by=BY,
        now=NOW,
    )
    auditions.submit(clone=audition.clone, rulebook=audition.rulebook, by=BY, now=NOW)
    assert state(audition.clone) == LifecycleState.AUDITION_RUNNING


def test_a_clone_taken_out_of_the_queue_is_free_again(audition: Audition) -> None:
    entry = passed(audition)
    promotion.remove_entry(entry=entry, reason="asked for", by=BY, now=NOW)
    assert state(audition.clone) == LifecycleState.CONFIGURED
    clone_services.delete_clone(clone=audition.clone, by=BY, now=NOW)


def test_a_clone_needs_a_strategy_and_ends_retired(audition: Audition) -> None:
    owner = audition.clone.owner
    fresh = clone_services.create_clone(owner=owner, name="Unborn", by=BY, now=NOW)
    assert state(fresh) == LifecycleState.SETUP_REQUIRED
    clone_services.publish(clone=fresh, by=BY, now=NOW)
    assert state(fresh) == LifecycleState.CONFIGURED
    states.advance(fresh, to="retired", table=TRANSITIONS)
    assert state(fresh) == LifecycleState.RETIRED
    with pytest.raises(Conflict) as refused:
        auditions.submit(clone=fresh, rulebook=audition.rulebook, by=BY, now=NOW)
    assert refused.value.code == "CLONE_RETIRED"


def test_a_deleted_clone_is_not_sent_to_an_audition(audition: Audition) -> None:
    owner = audition.clone.owner
    gone = clone_services.create_clone(owner=owner, name="Gone", by=BY, now=NOW)
    clone_services.delete_clone(clone=gone, by=BY, now=NOW)
    with pytest.raises(NotFound):
        auditions.submit_owned(
            owner=owner,
            clone_public_id=gone.public_id,
            rulebook_digest=Rulebook.objects.earliest("pk").digest,
            now=NOW,
        )


def test_states_of_many_clones_cost_no_more_than_of_one(
    audition: Audition, django_assert_num_queries: Any
) -> None:
    listed = list(clones.list_clones(owner=audition.clone.owner))
    assert len(listed) > 3
    with django_assert_num_queries(4):
        found = queries.lifecycle_states(listed)
    assert set(found.values()) == {LifecycleState.AUDITION_RUNNING}


def test_i62_names_who_uses_a_clone_without_holding_it_and_holds_that_are_over(tmp_path: Path) -> None:
    arena_world.begin(tmp_path)
    first = Audition.objects.earliest("pk")
    clone_services.release_hold(reference=auditions.hold_of(first), now=NOW)
    clone_services.place_hold(clone=first.clone, purpose="queue", reference="queue:99", now=NOW)
    assert invariants.users_hold_their_clones() == [
        f"{auditions.hold_of(first)} holds no clone",
        "queue:99 is over and holds its clone",
    ]


def test_b09_a_player_lists_the_states_of_own_clones_only(audition: Audition, client: Client) -> None:
    address = "/api/v1/lifecycle/clones"
    assert client.get(address).status_code == 401
    client.force_login(create_user(username="eve", by=BY, now=NOW))
    assert client.get(address).json() == {"items": [], "nextCursor": None}
    client.force_login(audition.clone.owner)
    rows = {row["cloneId"]: row for row in client.get(address).json()["items"]}
    assert rows[audition.clone.public_id] == {
        "cloneId": audition.clone.public_id,
        "cloneName": audition.clone.name,
        "state": "audition_running",
    }
    assert ArenaMembership.objects.count() == 0


def test_clones_in_use_before_there_were_holds_are_held_by_the_migration(audition: Audition) -> None:
    entry = passed(audition)
    promotion.admit(entry=entry, slot_number=1, by=BY, now=NOW)
    other = Audition.objects.filter(status=AuditionStatus.RUNNING).earliest("pk")
    passed(other)
    held = registry.get_model("clones.CloneHold").objects
    held.all().delete()
    assert len(invariants.users_hold_their_clones()) > 3
    migration = import_module("apps.competition.migrations.0002_hold_clones")
    for _ in range(2):
        migration.place(registry, None)
    assert invariants.users_hold_their_clones() == []
    assert held.count() == Audition.objects.count()
