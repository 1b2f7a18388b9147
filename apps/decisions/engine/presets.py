"""How much a model of each strength is told, what that may cost in tokens, and how old a required stream may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MINUTE_MS, HOUR_MS = 60_000, 3_600_000


@dataclass(frozen=True, slots=True)
class Preset:
    """One depth: how many of each thing at most, and how many tokens the packet may take without the owner's words."""

    depth: str
    candles: int
    book_levels: int
    predictions: int
    capital: int
    funding_hours: int
    budget_tokens: int


PRESETS: Mapping[str, Preset] = {
    "light": Preset("shallow", 30, 5, 3, 4, 8, 8_000),
    "standard": Preset("normal", 60, 10, 6, 8, 24, 16_000),
    "frontier": Preset("deep", 120, 20, 12, 16, 72, 32_000),
}
"""By the strength of the model that is asked, weakest first."""

MAX_AGES_MS: Mapping[str, int] = {
    "funding": 2 * HOUR_MS + 10 * MINUTE_MS,
    "order_book": MINUTE_MS // 2,
    "liquidity": MINUTE_MS // 2,
    "positioning": 3 * MINUTE_MS,
    "predictions": 2 * HOUR_MS,
    "capital": 50 * HOUR_MS,
}
"""How old the newest datum of a stream may be and still count as fresh.

Books, positioning and funding are as health judges their channels. Prediction markets are written where something
changed, distant ones every half hour; a day's capital figure carries the day's beginning.
"""
STALE_AFTER_INTERVALS = 3
"""What follows from candles is fresh while its newest candle closed no longer ago than so many of its lengths."""


def preset_for(strength: str) -> Preset:
    """The preset of a strength; the smallest for a word that none has."""
    return PRESETS.get(strength, PRESETS["light"])


def max_age_ms(stream: str, interval_ms: int = 0) -> int:
    """How old a datum of the stream may be, where it follows from candles by their length; KeyError for no stream."""
    return STALE_AFTER_INTERVALS * interval_ms if interval_ms else MAX_AGES_MS[stream]
