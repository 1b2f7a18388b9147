"""What must always hold of clones, their versions and their entitlements."""

from django.db.models import Count, F, Q

from apps.clones import graph
from apps.clones.models import Clone, Entitlement, StrategyVersion
from apps.clones.queries import compiled
from apps.clones.queries.entitlements import strongest
from apps.clones.queries.strategies import version_faults
from apps.operations.invariants import invariant


@invariant("I-19", "No entitlement is overdrawn: spent once, never a mock, and no strategy beyond its tier")
def entitlements_not_overdrawn() -> list[str]:
    """Name grants spent wrongly, and active versions that use more than the clone's entitlement allows."""
    wrong = Entitlement.objects.filter(
        Q(is_mock=True, consumed_at__isnull=False)
        | Q(consumed_at__isnull=False, consumed_for="")
        | Q(consumed_at__isnull=True) & ~Q(consumed_for="")
        | Q(consumed_at__lt=F("granted_at"))
    )
    twice = (
        Entitlement.objects.exclude(consumed_for="")
        .values("consumed_for")
        .annotate(grants=Count("id"))
        .filter(grants__gt=1)
    )
    found = [f"entitlement {row.public_id} is spent wrongly" for row in wrong.iterator()]
    found += [f"{row['consumed_for']} spent {row['grants']} entitlements" for row in twice]
    for version in StrategyVersion.objects.filter(is_active=True).select_related("clone").iterator():
        found += _overdrawn(version)
    return found


def _overdrawn(version: StrategyVersion) -> list[str]:
    """An active version beyond what stands, unless that was withdrawn after it: such a clone is frozen."""
    grants = list(Entitlement.objects.filter(clone=version.clone_id))
    held = [grant for grant in grants if grant.revoked_at is None or grant.revoked_at >= version.published_at]
    entitlement = strongest(held)
    if entitlement is None:
        return []
    faults = graph.exceeded(compiled(version), tier=entitlement.tier)
    return [f"version {version.public_id}: {fault.path}: {fault.message}" for fault in faults[:1]]


@invariant("I-60", "A clone has at most one active version")
def one_active_version() -> list[str]:
    """Name clones with two active versions."""
    rows = Clone.objects.annotate(active=Count("versions", filter=Q(versions__is_active=True)))
    return [f"clone {row.public_id} has {row.active} active versions" for row in rows.filter(active__gt=1)]


@invariant("I-61", "A published version is what was published: its digest and its compilation are reproduced")
def versions_reproduce() -> list[str]:
    """Name versions whose document no longer gives the stored digest or compiled strategy."""
    found: list[str] = []
    for version in StrategyVersion.objects.iterator():
        found += version_faults(version)
    return found
