"""How much of a graph each entitlement tier may use, counted after expansion."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.clones.graph.errors import GraphFault, LimitExceeded
from apps.clones.graph.types import CompiledStrategy


@dataclass(frozen=True, slots=True)
class TierLimits:
    """Upper bounds of one tier; links are expanded data links of active assets.

    `waking_prompts` are enabled prompts that may decide before their cadence: each early decision costs as much as
    one on time, so the smallest tier has none.
    """

    active_assets: int
    enabled_prompts: int
    links_per_asset: int
    links_in_all: int
    waking_prompts: int


LIMITS: Mapping[str, TierLimits] = {
    "starter": TierLimits(
        active_assets=3, enabled_prompts=1, links_per_asset=3, links_in_all=9, waking_prompts=0
    ),
    "builder": TierLimits(
        active_assets=6, enabled_prompts=3, links_per_asset=5, links_in_all=30, waking_prompts=1
    ),
    "pro": TierLimits(
        active_assets=10, enabled_prompts=5, links_per_asset=8, links_in_all=80, waking_prompts=5
    ),
}
"""The tiers, smallest first."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of one limit a strategy uses; `allowed` is None where no tier was asked about."""

    limit: str
    used: int
    allowed: int | None


def usage(strategy: CompiledStrategy, tier: str | None) -> tuple[Usage, ...]:
    """What the strategy uses of each limit of `tier`; KeyError for an unknown tier.

    `links_per_asset` is that of the active asset with the most data links.
    """
    links = [len(asset.streams) for asset in strategy.assets if asset.active]
    used = TierLimits(
        active_assets=len(strategy.active_assets),
        enabled_prompts=len(strategy.enabled_prompts),
        links_per_asset=max(links, default=0),
        links_in_all=sum(links),
        waking_prompts=len(strategy.waking_prompts),
    )
    limits = LIMITS[tier] if tier is not None else None
    return tuple(
        Usage(name, getattr(used, name), getattr(limits, name) if limits else None)
        for name in TierLimits.__dataclass_fields__
    )


def check_limits(strategy: CompiledStrategy, *, tier: str) -> None:
    """Raise LimitExceeded where the strategy uses more than `tier` allows; KeyError for an unknown tier."""
    for fault in exceeded(strategy, tier=tier):
        raise LimitExceeded(fault.path, fault.message)


def exceeded(strategy: CompiledStrategy, *, tier: str) -> list[GraphFault]:
    """Every limit of `tier` that the strategy is beyond, as faults; KeyError for an unknown tier."""
    limits = LIMITS[tier]
    counts = [
        ("nodes", "active assets", len(strategy.active_assets), limits.active_assets),
        ("nodes", "enabled prompts", len(strategy.enabled_prompts), limits.enabled_prompts),
    ]
    counts += [
        (f"assets[{asset.symbol}]", "data links", len(asset.streams), limits.links_per_asset)
        for asset in strategy.assets
        if asset.active
    ]
    counts.append(("edges", "data links in all", strategy.expanded_links, limits.links_in_all))
    waking = len(strategy.waking_prompts)
    counts.append(("nodes", "prompts that wake early", waking, limits.waking_prompts))
    return [
        GraphFault(path, LimitExceeded.code, f"uses {used} {what}; the {tier} tier allows {allowed}")
        for path, what, used, allowed in counts
        if used > allowed
    ]
