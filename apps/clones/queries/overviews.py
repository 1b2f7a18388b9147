"""Clones as their owner reads them in a list."""

from collections.abc import Iterable

from apps.clones.models import Clone, Entitlement, StrategyVersion
from apps.clones.queries.entitlements import counting, is_lost, strongest
from apps.clones.queries.strategies import active_version
from apps.clones.types import ENDED, CloneOverview, SetupState


def overviews(clones: Iterable[Clone]) -> list[CloneOverview]:
    """The clones as their owner reads them, in the same order: two queries however many they are.

    A clone whose grant was withdrawn costs one more where `compiled` does not remember its strategy.
    """
    listed = list(clones)
    keys = [clone.pk for clone in listed]
    active = StrategyVersion.objects.filter(clone__in=keys, is_active=True).defer("document", "compiled")
    versions = {row.clone_id: row for row in active}
    grants: dict[int, list[Entitlement]] = {key: [] for key in keys}
    for grant in Entitlement.objects.filter(clone__in=keys):
        grants[grant.clone_id].append(grant)
    return [_overview(clone, versions.get(clone.pk), grants[clone.pk]) for clone in listed]


def _overview(clone: Clone, version: StrategyVersion | None, grants: list[Entitlement]) -> CloneOverview:
    best = strongest(counting(grants))
    source = clone.forked_from
    return CloneOverview(
        public_id=clone.public_id,
        name=clone.name,
        description=clone.description,
        status=clone.status,
        setup=_setup(clone, published=version is not None),
        active_version=version.number if version else None,
        tier=best.tier if best else None,
        model_strength=best.model_strength if best else None,
        is_mock=best.is_mock if best else False,
        is_frozen=version is not None and is_lost(version, grants),
        forked_from=(source.clone.public_id, source.number) if source else None,
        image_digest=clone.image_digest,
        created_at=clone.created_at,
    )


def setup_state(clone: Clone) -> SetupState:
    """Return what the clone still needs; running and competing are the competition's to add."""
    return _setup(clone, published=active_version(clone) is not None)


def _setup(clone: Clone, *, published: bool) -> SetupState:
    if clone.status in ENDED:
        return SetupState.RETIRED
    return SetupState.CONFIGURED if published else SetupState.SETUP_REQUIRED
