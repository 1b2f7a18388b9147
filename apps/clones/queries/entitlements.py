"""Reads of what clones may use, and whether it was withdrawn."""

from collections.abc import Iterable

from django.db.models import QuerySet

from apps.clones import graph
from apps.clones.models import Clone, Entitlement, StrategyVersion
from apps.clones.queries.strategies import compiled
from apps.clones.types import ModelStrength, Tier
from apps.core.errors import NotFound
from apps.core.tables import Table

_ENTITLEMENTS = Table(Entitlement)
_TIER_ORDER = {tier: position for position, tier in enumerate(Tier.values)}


def list_entitlements(clone: Clone) -> QuerySet[Entitlement]:
    """The clone's grants, oldest first, spent and revoked ones included."""
    return Entitlement.objects.filter(clone=clone)


def list_granted(prefix: str) -> QuerySet[Entitlement]:
    """All grants whose source begins so, oldest first: what one kind of source ever granted."""
    return Entitlement.objects.filter(source__startswith=prefix)


def get_entitlement(public_id: str) -> Entitlement:
    """The grant of this public id, with its clone; raises NotFound ENTITLEMENT_NOT_FOUND."""
    found = Entitlement.objects.filter(public_id=public_id).select_related("clone").first()
    if found is None:
        raise NotFound("There is no such grant.", code="ENTITLEMENT_NOT_FOUND")
    return found


def effective_entitlement(clone: Clone) -> Entitlement | None:
    """Return the grant that sets the clone's limits: a bought one before a mock, then the highest live tier."""
    return strongest(Entitlement.objects.filter(clone=clone, revoked_at__isnull=True))


def model_strength(version: StrategyVersion) -> str:
    """Return how strong a model the version's clone may ask: that of the grant that counts, else the weakest."""
    grants = Entitlement.objects.filter(clone_id=version.clone_id, revoked_at__isnull=True)
    best = strongest(grants)
    return ModelStrength.LIGHT.value if best is None else best.model_strength


def strongest(grants: Iterable[Entitlement]) -> Entitlement | None:
    """Return the grant that counts: a bought one before a mock, then the highest tier; None for none."""
    return max(grants, key=lambda row: (not row.is_mock, _TIER_ORDER.get(row.tier, -1), row.pk), default=None)


def is_entitlement_lost(version: StrategyVersion) -> bool:
    """Whether the version may not decide now, because what it was published under was withdrawn.

    So it is when everything bought was withdrawn, or what is left allows less than the version uses. Nothing is
    written: the clone goes on as soon as the grant is reinstated or another is bought.
    """
    return is_lost(version, _ENTITLEMENTS.fetch("WHERE clone_id = %s", [version.clone_id]))


def is_lost(version: StrategyVersion, grants: list[Entitlement]) -> bool:
    """As `is_entitlement_lost`, from all the grants of the version's clone."""
    best = strongest(grant for grant in grants if grant.revoked_at is None)
    if best is None or (best.is_mock and any(not grant.is_mock for grant in grants)):
        return True
    withdrawn = any(grant.revoked_at for grant in grants)
    return withdrawn and bool(graph.exceeded(compiled(version), tier=best.tier))


def usable_entitlement(clone: Clone) -> Entitlement | None:
    """Return the oldest grant that may still buy an audition (not mock, not spent, not revoked), or None."""
    return Entitlement.objects.filter(
        clone=clone, is_mock=False, consumed_at__isnull=True, revoked_at__isnull=True
    ).first()
