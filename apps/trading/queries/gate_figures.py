"""The gates of an order as people read them: a question each, with the unit of its value and of the range it allows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.exchange.figures import NEVER_MS
from apps.exchange.rounding import MAX_MICROS

ANSWER, DOLLARS, PRICE, COUNT, TIMES, SPAN, BPS, LOTS = (
    "answer",
    "dollars",
    "price",
    "count",
    "times",
    "ms",
    "distance_bps",
    "lots",
)
_HELD = (("No newer price is held back", ANSWER),)
_ASKED: dict[str, tuple[tuple[str, str], ...]] = {
    "NOTHING_TO_DO": (("It asks for something", ANSWER),),
    "TRADING_HALTED": (("No kill switch stops trading", ANSWER),),
    "ACCOUNT_NOT_TRADABLE": (("The account may trade", ANSWER),),
    "INTENT_INVALID": (("The request agrees with itself", ANSWER), ("Nothing it needs is missing", ANSWER)),
    "AMOUNT_OUT_OF_RANGE": (
        ("Every amount can be counted", ANSWER),
        ("Size of the order", LOTS),
        ("Value of the order", DOLLARS),
    ),
    "NO_POSITION": (("There is a position where one is needed", ANSWER),),
    "NO_TRIGGER": (("There is an exit where one is cancelled", ANSWER),),
    "REDUCE_ONLY_WOULD_GROW": (("Reduce-only does not grow it", ANSWER),),
    "OPPOSITE_POSITION": (("No position on the other side", ANSWER),),
    "FLIP_SAME_SIDE": (("A flip changes sides", ANSWER),),
    "ONLY_REDUCING": (("Growing is allowed now", ANSWER),),
    "ASSET_NOT_ALLOWED": (("The policy has this asset", ANSWER),),
    "ASSET_DELISTED": (("The asset is listed", ANSWER),),
    "MARGIN_MODE_MISMATCH": (("Margin mode of the open position", ANSWER),),
    "LEVERAGE_ABOVE_POLICY": (("Leverage, by the policy", TIMES),),
    "LEVERAGE_ABOVE_ASSET": (("Leverage, by the asset", TIMES),),
    "TOO_MANY_ACTIONS": (("Actions in the window, with this one", COUNT),),
    "COOLDOWN": (("Rest since the last action", SPAN),),
    "PRICE_MISSING": _HELD,
    "PRICE_NOT_POSITIVE": _HELD,
    "PRICE_NOT_A_NUMBER": _HELD,
    "PRICE_JUMP": _HELD,
    "PRICE_STALE": (("Age of the price", SPAN),),
    "PRICE_NOT_SANE": (
        ("Oracle price", PRICE),
        ("Mark price", PRICE),
        ("Mid price", PRICE),
        ("Mark price, near the oracle", PRICE),
        ("Mid price, near the oracle", PRICE),
    ),
    "BOOK_NOT_SANE": (("The book is in order", ANSWER),),
    "MARKS_MISSING": (("Every open position has a price", ANSWER),),
    "LIQUIDATION_DUE": (
        ("Its own margin is not spent", ANSWER),
        ("The account's margin is not spent", ANSWER),
    ),
    "TRIGGER_PRICE_INVALID": (
        ("The stop is on the losing side", ANSWER),
        ("Distance of the trailing stop", BPS),
        ("The trailing stop is behind the mark", ANSWER),
        ("The target is on the winning side", ANSWER),
    ),
    "SIZE_BELOW_LOT": (("Size, at least one lot", LOTS),),
    "BELOW_MIN_NOTIONAL": (("Value, by the smallest order", DOLLARS),),
    "ABOVE_MAX_ORDER": (("Value, by the largest order", DOLLARS),),
    "SLIPPAGE_TOO_LARGE": (
        ("Deepest price of the closing fill", PRICE),
        ("Deepest price of the fill", PRICE),
    ),
    "ABOVE_MAX_POSITION": (("Position afterwards", DOLLARS),),
    "LEVERAGE_ABOVE_TIER": (("Leverage, by the size", TIMES),),
    "TOO_MANY_POSITIONS": (("Open positions afterwards", COUNT),),
    "ABOVE_MAX_EXPOSURE": (("Exposure afterwards", DOLLARS),),
    "ABOVE_MAX_NET_EXPOSURE": (("Net exposure afterwards", DOLLARS),),
    "INSUFFICIENT_MARGIN": (
        ("Margin needed, by what backs it", DOLLARS),
        ("Own margin needed, by what backs it", DOLLARS),
    ),
    "ABOVE_MAX_ACCOUNT_LEVERAGE": (("Equity that the exposure needs", DOLLARS),),
}
"""What each gate asks, in the order in which a gate that stands in several rows asks it."""


@dataclass(frozen=True, slots=True)
class GateFigure:
    """One gate in people's terms; of a question, the answer is `holds`.

    A missing bound is one that goes without saying, a missing value one that never was (no action yet).
    """

    code: str
    asks: str
    unit: str
    value: int | None
    low: int | None
    high: int | None
    holds: bool


def gate_figures(rows: Iterable[Sequence[Any]]) -> list[GateFigure]:
    """Gates (code, low, value, high, holds) in people's terms, in their order; a code not known here asks by its name."""
    met: Counter[str] = Counter()
    found = []
    for code, low, value, high, holds in rows:
        asked = _ASKED.get(code, ((code.replace("_", " ").capitalize(), COUNT),))
        asks, unit = asked[min(met[code], len(asked) - 1)]
        met[code] += 1
        endless = NEVER_MS if unit == SPAN else MAX_MICROS
        top = None if high >= endless else high
        found.append(
            GateFigure(
                code=code,
                asks=asks,
                unit=unit,
                value=None if value >= endless else value,
                low=None if low == 0 or (low == 1 and top is not None) else low,
                high=top,
                holds=bool(holds),
            )
        )
    return found
