"""Reads of clones, their published strategies and their entitlements."""

from django.contrib.auth.models import AbstractUser
from django.db.models import QuerySet

from apps.clones import graph
from apps.clones.models import Clone, Draft, Entitlement, StrategyVersion
from apps.clones.types import CloneStatus, SetupState, Tier
from apps.core.errors import NotFound

COMPILED_KEPT = 1_000
_compiled: dict[tuple[int, str], graph.CompiledStrategy] = {}
_TIER_ORDER = {tier: position for position, tier in enumerate(Tier.values)}


def get_clone(public_id: str) -> Clone:
    """Return the clone of this public id with its owner; raises NotFound."""
    return _one(Clone.objects.filter(public_id=public_id))


def get_owned_clone(public_id: str, *, owner: AbstractUser) -> Clone:
    """Return the owner's clone of this public id; somebody else's is NotFound too."""
    return _one(Clone.objects.filter(public_id=public_id, owner_id=owner.pk))


def get_public_clone(public_id: str) -> Clone:
    """Return a clone whose profile anyone may read; a hidden one is NotFound."""
    return _one(Clone.objects.filter(public_id=public_id).exclude(status=CloneStatus.HIDDEN))


def _one(rows: QuerySet[Clone]) -> Clone:
    clone = rows.select_related("owner").first()
    if clone is None:
        raise NotFound("There is no such clone.")
    return clone


def list_clones(*, owner: AbstractUser | None = None) -> QuerySet[Clone]:
    """All clones, or those of one owner, newest first."""
    rows = Clone.objects.select_related("owner")
    return rows if owner is None else rows.filter(owner_id=owner.pk)


def get_draft(clone: Clone) -> Draft:
    """Return the clone's draft; every clone has one."""
    return Draft.objects.get(clone=clone)


def active_version(clone: Clone) -> StrategyVersion | None:
    """Return the version that decides for the clone now, or None before the first publication."""
    return StrategyVersion.objects.filter(clone=clone, is_active=True).first()


def list_versions(clone: Clone) -> QuerySet[StrategyVersion]:
    """The clone's published versions, newest first."""
    return StrategyVersion.objects.filter(clone=clone)


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
    """Clones that are not retired and have an active version; a hidden clone keeps trading."""
    return (
        Clone.objects.exclude(status=CloneStatus.RETIRED)
        .filter(versions__is_active=True)
        .select_related("owner")
    )


def list_entitlements(clone: Clone) -> QuerySet[Entitlement]:
    """The clone's grants, oldest first, spent and revoked ones included."""
    return Entitlement.objects.filter(clone=clone)


def effective_entitlement(clone: Clone) -> Entitlement | None:
    """Return the grant that sets the clone's limits: the highest live tier, a bought one before a mock."""
    live = Entitlement.objects.filter(clone=clone, revoked_at__isnull=True)
    return max(live, key=lambda row: (not row.is_mock, _TIER_ORDER.get(row.tier, -1), row.pk), default=None)


def usable_entitlement(clone: Clone) -> Entitlement | None:
    """Return the oldest grant that may still buy an audition (not mock, not spent, not revoked), or None."""
    return Entitlement.objects.filter(
        clone=clone, is_mock=False, consumed_at__isnull=True, revoked_at__isnull=True
    ).first()


def setup_state(clone: Clone) -> SetupState:
    """Return what the clone still needs; running and competing are the competition's to add."""
    if clone.status == CloneStatus.RETIRED:
        return SetupState.RETIRED
    return SetupState.CONFIGURED if active_version(clone) else SetupState.SETUP_REQUIRED
