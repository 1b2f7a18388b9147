"""What the builder's pages show: the draft, what it may use, what can be chosen, and what publishing would change."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.urls import reverse

from apps.clones import graph
from apps.clones import queries as clones
from apps.clones.types import ENDED, ModelStrength, Tier
from apps.core.errors import NotFound
from apps.web import sigils
from apps.web.compose import basic, changes

TABS = (
    ("build", "Build"),
    ("versions", "Versions"),
    ("audition", "Audition"),
    ("decisions", "Decisions"),
    ("profile", "Profile"),
)


def own_clone(user: AbstractUser, public_id: str) -> Any:
    """The user's clone of this id; NotFound for any other."""
    return clones.get_owned_clone(public_id, owner=user)


def workshop(clone: Any, *, tab: str) -> dict[str, Any]:
    """What every page of one's own clone shows on top: its name, state, tier and tabs."""
    overview = clones.overviews([clone])[0]
    tier = Tier(overview.tier).label if overview.tier else "No entitlement"
    strength = ModelStrength(overview.model_strength).label if overview.model_strength else ""
    return {
        "id": clone.public_id,
        "name": clone.name,
        "sigil": sigils.path(clone.public_id),
        "hue": sigils.hue(clone.public_id),
        "version": overview.active_version,
        "status": clone.status,
        "ended": clone.status in ENDED,
        "frozen": overview.is_frozen,
        "tier": tier,
        "strength": strength,
        "mock": overview.is_mock,
        "public_url": f"/clones/{clone.public_id}",
        "forked_from": overview.forked_from,
        "tabs": [
            {"title": title, "url": reverse(f"my-clone-{key}", args=[clone.public_id]), "current": key == tab}
            for key, title in TABS
        ],
    }


def builder(clone: Any) -> dict[str, Any]:
    """The draft in both modes, with everything that can be chosen and the limits that count."""
    draft = clones.get_draft(clone)
    catalogue = clones.catalogue()
    grant = clones.effective_entitlement(clone)
    tier = grant.tier if grant else Tier.STARTER.value
    limits = graph.LIMITS[tier]
    listed = [asset.symbol for asset in catalogue["assets"]]
    choices = basic.choices_of(draft.document)
    chosen = choices["assets"] if choices else []
    symbols = listed + [symbol for symbol in chosen if symbol not in listed]
    offered = basic.groups(
        {asset.symbol: asset.category for asset in catalogue["assets"]}, most=limits.active_assets
    )
    return {
        "draft": draft,
        "tier": tier,
        "limits": limits,
        "groups": offered,
        "category": basic.category_of(chosen, offered),
        "listed": listed,
        "symbols": symbols,
        "choices": choices or dict(basic.DEFAULTS),
        "basic": choices is not None,
        "depths": basic.DEPTHS,
        "engines": basic.engines(catalogue["engines"]),
        "installed": list(catalogue["engines"]),
        "strategies": basic.STRATEGIES,
        "cadences": basic.CADENCES,
        "longest": catalogue["longest_behaviour"],
        "wake_move_bps": catalogue["wake_move_bps"],
    }


def island(clone: Any, page: dict[str, Any], *, name: str) -> dict[str, Any]:
    """What the builder's script starts from."""
    limits = page["limits"]
    return {
        "clone": name,
        "document": page["draft"].document,
        "revision": page["draft"].revision,
        "tier": page["tier"],
        "limits": {
            "activeAssets": limits.active_assets,
            "enabledPrompts": limits.enabled_prompts,
            "linksPerAsset": limits.links_per_asset,
            "linksInAll": limits.links_in_all,
            "wakingPrompts": limits.waking_prompts,
        },
        "symbols": page["listed"],
        "engines": page["installed"],
        "groups": {group["key"]: group["assets"] for group in page["groups"]},
        "mode": "basic" if page["basic"] else "custom",
        "urls": {
            "draft": reverse("clones:draft", args=[clone.public_id]),
            "publish": reverse("clones:publish", args=[clone.public_id]),
            "check": reverse("clones:graph-check"),
            "basic": reverse("clones:graph-basic"),
            "summary": reverse("my-clone-publish", args=[clone.public_id]),
            "versions": reverse("my-clone-versions", args=[clone.public_id]),
        },
    }


def publication(clone: Any) -> dict[str, Any]:
    """What publishing the draft would change, and what stands in its way."""
    draft = clones.get_draft(clone)
    grant = clones.effective_entitlement(clone)
    review = graph.review(draft.document, tier=grant.tier if grant else Tier.STARTER.value)
    standing = clones.active_version(clone)
    before = clones.compiled(standing) if standing else None
    blocks = changes.between(before, review.compiled) if review.compiled else []
    facts = graph.diff(before, review.compiled) if before and review.compiled else ()
    return {
        "revision": draft.revision,
        "active": standing.number if standing else None,
        "next": (clones.list_versions(clone).values_list("number", flat=True).first() or 0) + 1,
        "faults": [fault.message for fault in review.faults],
        "blocks": blocks,
        "count": len(facts),
    }


def version_of(clone: Any, number: int) -> Any:
    """The clone's version of this number, NotFound where there is none or the number is beyond a database's."""
    if number > 2_147_483_647:
        raise NotFound("This clone has no such version.", code="VERSION_NOT_FOUND")
    return clones.get_version(clone, number)
