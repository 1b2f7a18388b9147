"""Reads of clones, their published strategies and their entitlements."""

from apps.clones.queries.catalogue import catalogue
from apps.clones.queries.clones import (
    ancestors,
    count_free_clones,
    get_clone,
    get_owned_clone,
    get_public_clone,
    has_open_hold,
    list_clones,
    list_forks,
    open_holds,
    tradable,
)
from apps.clones.queries.entitlements import (
    effective_entitlement,
    is_entitlement_lost,
    list_entitlements,
    usable_entitlement,
)
from apps.clones.queries.overviews import overviews, setup_state
from apps.clones.queries.strategies import (
    active_version,
    compiled,
    diff_versions,
    get_draft,
    get_version,
    list_versions,
    published_among,
)

__all__ = [
    "active_version",
    "ancestors",
    "catalogue",
    "compiled",
    "count_free_clones",
    "diff_versions",
    "effective_entitlement",
    "get_clone",
    "get_draft",
    "get_owned_clone",
    "get_public_clone",
    "get_version",
    "has_open_hold",
    "is_entitlement_lost",
    "list_clones",
    "list_entitlements",
    "list_forks",
    "list_versions",
    "open_holds",
    "overviews",
    "published_among",
    "setup_state",
    "tradable",
    "usable_entitlement",
]
