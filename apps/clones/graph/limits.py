"""How much of a graph each entitlement tier may use, counted after expansion."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.clones.graph.errors import LimitExceeded
from apps.clones.graph.types import CompiledStrategy


@dataclass(frozen=True, slots=True)
class TierLimits:
    """Upper bounds of one tier; links are expanded data links of active assets."""

    active_assets: int
    enabled_prompts: int
    links_per_asset: int
    links_in_all: int


LIMITS: Mapping[str, TierLimits] = {
    "starter": TierLimits(active_assets=3, enabled_prompts=1, links_per_asset=3, links_in_all=9),
    "builder": TierLimits(active_assets=6, enabled_prompts=3, links_per_asset=5, links_in_all=30),
    "pro": TierLimits(active_assets=10, enabled_prompts=5, links_per_asset=8, links_in_all=80),
}
"""The tiers, smallest first."""


def check_limits(strategy: CompiledStrategy, *, tier: str) -> None:
    """Raise LimitExceeded where the strategy uses more than `tier` allows; KeyError for an unknown tier."""
    limits = LIMITS[tier]
    _within("active assets", len(strategy.active_assets), limits.active_assets, tier, "nodes")
    _within("enabled prompts", len(strategy.enabled_prompts), limits.enabled_prompts, tier, "nodes")
    for asset in strategy.assets:
        if asset.active:
            _within("data links", len(asset.streams), limits.links_per_asset, tier, f"assets[{asset.symbol}]")
    _within("data links in all", strategy.expanded_links, limits.links_in_all, tier, "edges")


def _within(what: str, used: int, allowed: int, tier: str, path: str) -> None:
    if used > allowed:
        raise LimitExceeded(path, f"uses {used} {what}; the {tier} tier allows {allowed}")
