"""Many at once on PostgreSQL: what may happen once happens once, and whoever is late is told so."""

from typing import Any

from apps.clones import graph, queries, services
from apps.clones.models import Clone, CloneHold, Draft, Entitlement, StrategyVersion
from apps.operations.models import AuditEvent
from apps.users.models import User
from tests.clones.conftest import BY, NOW
from tests.contenders import RACE, crowd

pytestmark = RACE
WORKERS = 8


def test_b07_one_entitlement_is_spent_by_one_of_many(clone: Clone) -> None:
    services.grant_entitlement(
        clone=clone, tier="pro", model_strength="light", is_mock=False, source="test:1", by=BY, now=NOW
    )
    answers = crowd(
        WORKERS,
        lambda number: (
            services.consume_entitlement(clone=clone, purpose=f"audition:{number}", by=BY, now=NOW).pk
        ),
    )
    assert answers.count("ENTITLEMENT_EXCEEDED") == WORKERS - 1
    assert Entitlement.objects.filter(consumed_at__isnull=False).count() == 1


def test_b05_one_draft_is_published_once_by_many(clone: Clone) -> None:
    answers = crowd(WORKERS, lambda number: services.publish(clone=clone, by=BY, now=NOW).pk)
    assert len(set(answers)) == 1
    assert StrategyVersion.objects.filter(clone=clone).count() == 1


def test_b03_of_many_tabs_that_read_one_revision_one_saves(clone: Clone) -> None:
    answers = crowd(
        WORKERS,
        lambda number: (
            services.save_draft(
                clone=clone,
                document=graph.basic(assets=[f"S{number}"]),
                by=BY,
                now=NOW,
                expected_revision=1,
            ).document
        ),
    )
    assert answers.count("DRAFT_CONFLICT") == WORKERS - 1
    [saved] = [answer for answer in answers if answer != "DRAFT_CONFLICT"]
    draft = Draft.objects.get(clone=clone)
    assert (draft.revision, draft.document) == (2, saved)


def test_b03_saves_that_ask_for_no_revision_are_all_counted(clone: Clone) -> None:
    crowd(
        WORKERS,
        lambda number: services.save_draft(
            clone=clone, document=graph.basic(assets=[f"S{number}"]), by=BY, now=NOW
        ),
    )
    assert Draft.objects.get(clone=clone).revision == 1 + WORKERS
    revisions = [event.detail["revision"] for event in AuditEvent.objects.filter(verb="clones.draft.saved")]
    assert sorted(revisions) == list(range(2, 2 + WORKERS))


def test_b03_a_version_is_published_whole_while_others_save(clone: Clone) -> None:
    def act(number: int) -> Any:
        if number % 2:
            return services.publish(clone=clone, by=BY, now=NOW).pk
        document = graph.basic(assets=[f"S{number}"])
        return services.save_draft(clone=clone, document=document, by=BY, now=NOW).revision

    crowd(WORKERS, act)
    versions = list(StrategyVersion.objects.filter(clone=clone).order_by("number"))
    assert [version.number for version in versions] == list(range(1, len(versions) + 1))
    assert [version.is_active for version in versions] == [False] * (len(versions) - 1) + [True]
    for version in versions:
        assert graph.compile(version.document).to_document() == version.compiled


def test_b07_the_last_free_clone_is_created_by_one_of_many(owner: User, settings: Any) -> None:
    settings.FREE_CLONES_PER_USER = 3
    for name in ("First", "Second"):
        services.create_clone(owner=owner, name=name, by=BY, now=NOW)
    answers = crowd(
        WORKERS,
        lambda number: services.create_clone(owner=owner, name=f"Racer {number}", by=BY, now=NOW).name,
    )
    assert answers.count("ENTITLEMENT_EXCEEDED") == WORKERS - 1
    assert Clone.objects.filter(owner=owner).count() == queries.count_free_clones(owner) == 3
    assert Entitlement.objects.count() == 3


def test_b07_a_fork_takes_the_last_free_clone_like_any_other(clone: Clone, settings: Any) -> None:
    settings.FREE_CLONES_PER_USER = 2
    version = services.publish(clone=clone, by=BY, now=NOW)

    def act(number: int) -> Any:
        if number % 2:
            return services.create_clone(owner=clone.owner, name=f"New {number}", by=BY, now=NOW).pk
        return services.fork_clone(clone=clone, version=version, name=f"Fork {number}", by=BY, now=NOW).pk

    assert crowd(WORKERS, act).count("ENTITLEMENT_EXCEEDED") == WORKERS - 1
    assert Clone.objects.filter(owner=clone.owner).count() == 2


def test_b17_a_clone_is_deleted_or_held_and_never_both(owner: User, settings: Any) -> None:
    settings.FREE_CLONES_PER_USER = 100
    for turn in range(10):
        clone = services.create_clone(owner=owner, name=f"Torn {turn}", by=BY, now=NOW)

        def act(number: int, clone: Clone = clone) -> Any:
            if number % 2:
                return services.delete_clone(clone=Clone.objects.get(pk=clone.pk), by=BY, now=NOW).status
            reference = f"replay:{clone.public_id}:{number}"
            hold = services.place_hold(clone=clone, purpose="replay", reference=reference, now=NOW)
            return hold.reference

        answers = crowd(WORKERS, act)
        held = CloneHold.objects.filter(clone=clone, released_at__isnull=True).count()
        deleted = Clone.objects.get(pk=clone.pk).status == "deleted"
        assert deleted != bool(held)
        assert answers.count("deleted") == int(deleted)
        refusal = "CLONE_DELETED" if deleted else "CLONE_IN_USE"
        assert answers.count(refusal) == WORKERS // 2


def test_b17_one_reference_holds_once(clone: Clone) -> None:
    answers = crowd(
        WORKERS,
        lambda number: services.place_hold(clone=clone, purpose="replay", reference="replay:1", now=NOW).pk,
    )
    assert len(set(answers)) == CloneHold.objects.count() == 1
