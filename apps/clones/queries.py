"""Reads of clones, their published strategies and their entitlements."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractUser
from django.db.models import Exists, OuterRef, QuerySet

from apps.clones import graph
from apps.clones.models import Clone, CloneHold, Draft, Entitlement, StrategyVersion
from apps.clones.types import ENDED, CloneStatus, SetupState, Tier
from apps.core.errors import NotFound

COMPILED_KEPT = 1_000
_compiled: dict[tuple[int, str], graph.CompiledStrategy] = {}
_TIER_ORDER = {tier: position for position, tier in enumerate(Tier.values)}


def get_clone(public_id: str) -> Clone:
    """Return the clone of this public id with its owner, whatever became of it; raises NotFound."""
    return _one(Clone.objects.filter(public_id=public_id))


def get_owned_clone(public_id: str, *, owner: AbstractUser) -> Clone:
    """Return the owner's clone of this public id; somebody else's or a deleted one is NotFound too."""
    return _one(list_clones(owner=owner).filter(public_id=public_id))


def get_public_clone(public_id: str) -> Clone:
    """Return a clone whose profile anyone may read; a hidden or deleted one is NotFound."""
    rows = Clone.objects.filter(public_id=public_id)
    return _one(rows.exclude(status__in=(CloneStatus.HIDDEN, CloneStatus.DELETED)))


def _one(rows: QuerySet[Clone]) -> Clone:
    clone = rows.select_related("owner").first()
    if clone is None:
        raise NotFound("There is no such clone.", code="CLONE_NOT_FOUND")
    return clone


def list_clones(*, owner: AbstractUser | None = None) -> QuerySet[Clone]:
    """All clones that were not deleted, or those of one owner, newest first."""
    rows = Clone.objects.exclude(status=CloneStatus.DELETED).select_related("owner", "forked_from__clone")
    return rows if owner is None else rows.filter(owner_id=owner.pk)


def count_free_clones(owner: AbstractUser) -> int:
    """How many of the owner's clones, not counting retired and deleted ones, hold nothing bought."""
    bought = Entitlement.objects.filter(clone=OuterRef("pk"), is_mock=False, revoked_at__isnull=True)
    return Clone.objects.filter(owner_id=owner.pk).exclude(status__in=ENDED).exclude(Exists(bought)).count()


def has_open_hold(clone: Clone) -> bool:
    """Whether something uses the clone, so that it must stay."""
    return CloneHold.objects.filter(clone=clone, released_at__isnull=True).exists()


def ancestors(clone: Clone) -> list[StrategyVersion]:
    """The versions that the clone descends from, nearest first, each with its clone."""
    line: list[StrategyVersion] = []
    version_id = clone.forked_from_id
    while version_id is not None:
        # A fork is younger than its source and never changes it, so the line ends.
        version = StrategyVersion.objects.select_related("clone").get(pk=version_id)
        line.append(version)
        version_id = version.clone.forked_from_id
    return line


def list_forks(clone: Clone) -> QuerySet[Clone]:
    """The clones that were forked from this one and not deleted, newest first."""
    return list_clones().filter(forked_from__clone=clone)


def get_draft(clone: Clone) -> Draft:
    """Return the clone's draft; every clone has one."""
    return Draft.objects.get(clone=clone)


def active_version(clone: Clone) -> StrategyVersion | None:
    """Return the version that decides for the clone now, or None before the first publication."""
    return StrategyVersion.objects.filter(clone=clone, is_active=True).first()


def published_among(clone_ids: Iterable[int]) -> set[int]:
    """Return those of the clones, by key, that have an active version."""
    rows = StrategyVersion.objects.filter(clone_id__in=list(clone_ids), is_active=True)
    return set(rows.values_list("clone_id", flat=True))


def list_versions(clone: Clone) -> QuerySet[StrategyVersion]:
    """The clone's published versions, newest first."""
    return StrategyVersion.objects.filter(clone=clone)


def get_version(clone: Clone, number: int) -> StrategyVersion:
    """Return the clone's version of this number; raises NotFound."""
    version = StrategyVersion.objects.filter(clone=clone, number=number).first()
    if version is None:
        raise NotFound("This clone has no such version.", code="VERSION_NOT_FOUND")
    return version


def compiled(version: StrategyVersion) -> graph.CompiledStrategy:
    """Return the strategy that a version compiled to when it was published.

    The value is kept under the row's key and digest: a published version never changes.
    """
    key = (version.pk, version.digest)
    found = _compiled.get(key)
    if found is None:
        if len(_compiled) >= COMPILED_KEPT:
            _compiled.clear()
        found = _compiled[key] = graph.CompiledStrategy.from_document(version.compiled)
    return found


def tradable() -> QuerySet[Clone]:
    """Clones that may decide and have an active version; a hidden clone keeps trading."""
    return Clone.objects.exclude(status__in=ENDED).filter(versions__is_active=True).select_related("owner")


def list_entitlements(clone: Clone) -> QuerySet[Entitlement]:
    """The clone's grants, oldest first, spent and revoked ones included."""
    return Entitlement.objects.filter(clone=clone)


def effective_entitlement(clone: Clone) -> Entitlement | None:
    """Return the grant that sets the clone's limits: a bought one before a mock, then the highest live tier."""
    return _strongest(Entitlement.objects.filter(clone=clone, revoked_at__isnull=True))


def _strongest(grants: Iterable[Entitlement]) -> Entitlement | None:
    return max(grants, key=lambda row: (not row.is_mock, _TIER_ORDER.get(row.tier, -1), row.pk), default=None)


def is_entitlement_lost(version: StrategyVersion) -> bool:
    """Whether the version may not decide now, because what it was published under was withdrawn.

    So it is when everything bought was withdrawn, or what is left allows less than the version uses. Nothing is
    written: the clone goes on as soon as the grant is reinstated or another is bought.
    """
    grants = list(Entitlement.objects.filter(clone_id=version.clone_id))
    live = [grant for grant in grants if grant.revoked_at is None]
    best = _strongest(live)
    if best is None or (best.is_mock and any(not grant.is_mock for grant in grants)):
        return True
    return any(grant.revoked_at for grant in grants) and bool(
        graph.exceeded(compiled(version), tier=best.tier)
    )


def usable_entitlement(clone: Clone) -> Entitlement | None:
    """Return the oldest grant that may still buy an audition (not mock, not spent, not revoked), or None."""
    return Entitlement.objects.filter(
        clone=clone, is_mock=False, consumed_at__isnull=True, revoked_at__isnull=True
    ).first()


def setup_state(clone: Clone) -> SetupState:
    """Return what the clone still needs; running and competing are the competition's to add."""
    if clone.status in ENDED:
        return SetupState.RETIRED
    return SetupState.CONFIGURED if active_version(clone) else SetupState.SETUP_REQUIRED
