"""Reads of what clones may use, and whether it was withdrawn."""

from collections.abc import Iterable

from django.db.models import QuerySet

from apps.clones import graph
from apps.clones.models import Clone, Entitlement, StrategyVersion
from apps.clones.queries.strategies import active_version, compiled
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
    """Return the grant that sets the clone's limits: a bought one before a mock, then the highest tier that counts."""
    return strongest(counting(Entitlement.objects.filter(clone=clone)))


def model_strength(version: StrategyVersion) -> str:
    """Return how strong a model the version's clone may ask: that of the grant it plays on, else of the strongest.

    It plays on the grant that was spent last: another one that is not spent yet pays for the next audition alone.
    """
    grants = counting(Entitlement.objects.filter(clone_id=version.clone_id))
    best = strongest([grant for grant in grants if grant.consumed_at is not None] or grants)
    return ModelStrength.LIGHT.value if best is None else best.model_strength


def counting(grants: Iterable[Entitlement]) -> list[Entitlement]:
    """Those of all a clone's grants that say what it may use: the one spent last, and what is not spent; none withdrawn.

    What was spent on an earlier audition ended with it, so that a smaller retry does not play on a larger grant.
    """
    listed = list(grants)
    spent = [(grant.consumed_at, grant.pk) for grant in listed if grant.consumed_at is not None]
    last = max(spent)[1] if spent else None
    return [
        grant
        for grant in listed
        if grant.revoked_at is None and (grant.consumed_at is None or grant.pk == last)
    ]


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
    best = strongest(counting(grants))
    if best is None or (best.is_mock and any(not grant.is_mock for grant in grants)):
        return True
    withdrawn = any(grant.revoked_at for grant in grants)
    return withdrawn and bool(graph.exceeded(compiled(version), tier=best.tier))


def usable_entitlement(clone: Clone) -> Entitlement | None:
    """Return the oldest grant that may still buy an audition of what is published now, or None.

    It is neither mock nor spent nor revoked, and its tier allows what the active version uses; any where none is.
    """
    grants, version = usable_entitlements(clone), active_version(clone)
    if version is None:
        return grants.first()
    return next((grant for grant in grants if covers(grant, version)), None)


def usable_entitlements(clone: Clone) -> QuerySet[Entitlement]:
    """The grants that may still buy an audition of some version, oldest first."""
    return Entitlement.objects.filter(
        clone=clone, is_mock=False, consumed_at__isnull=True, revoked_at__isnull=True
    )


def covers(grant: Entitlement, version: StrategyVersion) -> bool:
    """Whether the grant's tier allows what the version uses, counted after expansion."""
    return not graph.exceeded(compiled(version), tier=grant.tier)
