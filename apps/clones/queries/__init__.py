"""Reads of clones, their published strategies and their entitlements."""

from apps.clones.queries.catalogue import catalogue
from apps.clones.queries.clones import (
    ancestors,
    count_created,
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
    model_strength,
    usable_entitlement,
)
from apps.clones.queries.overviews import overviews, setup_state
from apps.clones.queries.profiles import image_url, is_image_in_use, is_public_image, public_name
from apps.clones.queries.reports import (
    count_hidden,
    count_open_cases,
    get_report,
    hidden_cases,
    list_reports,
    open_cases,
)
from apps.clones.queries.strategies import (
    active_version,
    compiled,
    diff_versions,
    get_draft,
    get_version,
    list_versions,
    published_among,
    waking_strategies,
)

__all__ = [
    "active_version",
    "ancestors",
    "catalogue",
    "compiled",
    "count_created",
    "count_free_clones",
    "count_hidden",
    "count_open_cases",
    "diff_versions",
    "effective_entitlement",
    "get_clone",
    "get_draft",
    "get_owned_clone",
    "get_public_clone",
    "get_report",
    "get_version",
    "has_open_hold",
    "hidden_cases",
    "image_url",
    "is_entitlement_lost",
    "is_image_in_use",
    "is_public_image",
    "list_clones",
    "list_entitlements",
    "list_forks",
    "list_reports",
    "list_versions",
    "model_strength",
    "open_cases",
    "open_holds",
    "overviews",
    "public_name",
    "published_among",
    "setup_state",
    "tradable",
    "usable_entitlement",
    "waking_strategies",
]
