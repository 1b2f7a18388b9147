"""The published prices of an audition, by model strength and tier."""

from typing import Any

from apps.clones import graph
from apps.clones.types import AUDITION_FEES_WEI, ModelStrength, Tier
from apps.web import formats

ASSETS = {Tier.STARTER: "1–3 assets", Tier.BUILDER: "4–6 assets", Tier.PRO: "7–10 assets"}


def prices(*, least: str = Tier.STARTER.value, chosen: str = "") -> dict[str, Any]:
    """The fee table, a row for each model strength; tiers below `least` are shown and not offered.

    `chosen` is "tier:strength"; the cheapest offered one where it names none that is.
    """
    offered = Tier.values[Tier.values.index(least) :]
    keys = [f"{tier}:{strength}" for strength in ModelStrength.values for tier in offered]
    mark = chosen if chosen in keys else keys[0]
    return {
        "tiers": [{"title": tier.label, "assets": ASSETS[tier]} for tier in Tier],
        "rows": [
            {"title": strength.label, "cells": [_cell(tier, strength, offered, mark) for tier in Tier]}
            for strength in ModelStrength
        ],
    }


def read_choice(text: str) -> tuple[str, int, str] | None:
    """The tier, its number of assets and the model strength of a form's "tier:strength"; None for another text."""
    tier, _, strength = text.partition(":")
    if tier not in Tier.values or strength not in ModelStrength.values:
        return None
    return tier, graph.LIMITS[tier].active_assets, strength


def _cell(tier: Tier, strength: ModelStrength, offered: list[str], mark: str) -> dict[str, Any]:
    key, fee = f"{tier.value}:{strength.value}", AUDITION_FEES_WEI[strength.value][tier.value]
    return {
        "key": key,
        "tier": tier.label,
        "assets": ASSETS[tier],
        "strength": strength.label,
        "price": formats.eth(fee),
        "wei": formats.wei(fee),
        "is_offered": tier.value in offered,
        "is_chosen": key == mark,
    }
