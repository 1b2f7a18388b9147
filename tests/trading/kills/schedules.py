"""Random schedules: what happens at which moment to whom, and the prices of that moment."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.trading import world

ACCOUNTS = 3
START = {"BTC": 97_000, "ETH": 3_500, "SOL": 180}
KINDS = (
    *("open",) * 8,
    *("close", "reduce", "flip") * 2,
    *("exits", "cancel", "mark", "fund", "gap", "decide") * 2,
    *("pause", "resume", "restrict", "stop", "adjust", "halt", "lift", "delist", "thin"),
    *("force out", "complete", "force liquidation"),
)


RARE = ("decide", "fund", "gap", "thin")


@dataclass(frozen=True)
class Step:
    """One thing that happens, at a moment of market time, with that moment's prices in micro-dollars."""

    kind: str
    at: datetime
    account: int
    symbol: str
    prices: Mapping[str, int]
    rate_e10: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)


class Drawing:
    """A schedule is drawn from its seed alone."""

    def __init__(self, seed: str) -> None:
        self.dice = random.Random(seed)
        self.at = world.NOW
        self.prices = {symbol: dollars * world.DOLLAR for symbol, dollars in START.items()}

    def schedule(self, length: int) -> list[Step]:
        """Two openings, then anything with one of the rarer things among it, and a mark in the end."""
        kinds = [self.dice.choice(KINDS) for _ in range(length - 4)]
        kinds.insert(self.dice.randint(0, len(kinds)), self.dice.choice(RARE))
        kinds = ["open", "open", *kinds, "mark"]
        return [self._step(kind) for kind in kinds]

    def _step(self, kind: str) -> Step:
        dice = self.dice
        self.at += timedelta(
            seconds=dice.choice((3_607, 3_600)) if kind == "fund" else dice.choice((7, 31, 61))
        )
        symbol, account = dice.choice(sorted(START)), dice.randrange(ACCOUNTS if dice.random() < 0.4 else 1)
        for name, price in self.prices.items():
            self.prices[name] = int(price * (1 + dice.uniform(-0.02, 0.02)))
        if kind == "gap":
            self.prices[symbol] = int(self.prices[symbol] * dice.choice((0.6, 0.8, 0.93, 1.08, 1.3)))
        drawn = {"open": self._open, "reduce": self._reduce, "flip": self._flip, "exits": self._exits}
        fields = drawn[kind](symbol) if kind in drawn else {}
        return Step(kind, self.at, account, symbol, dict(self.prices), dice.randint(-(10**6), 10**6), fields)

    def _open(self, _symbol: str) -> dict[str, Any]:
        dice = self.dice
        return {
            "side": dice.choice((1, 1, -1)),
            "leverage": dice.choice((2, 5, 10, 20)),
            "notional_micros": dice.randint(1_000, 400_000) * world.DOLLAR,
            "is_isolated": dice.random() < 0.4,
            "hold_ms": dice.choice((0, 0, 40_000)),
        }

    def _reduce(self, _symbol: str) -> dict[str, Any]:
        return {"notional_micros": self.dice.randint(100, 50_000) * world.DOLLAR}

    def _flip(self, _symbol: str) -> dict[str, Any]:
        return {"side": self.dice.choice((1, -1)), "leverage": self.dice.choice((2, 5))}

    def _exits(self, symbol: str) -> dict[str, Any]:
        dice, price = self.dice, self.prices[symbol]
        kind = dice.choice(("set_stop", "set_target", "set_exit", "trail"))
        if kind == "set_exit":
            return {"kind": kind, "hold_ms": dice.choice((5_000, 60_000))}
        if kind == "trail":
            return {"kind": "set_stop", "trail_bps": dice.choice((50, 200))}
        level = int(price * dice.choice((0.97, 0.99, 1.01, 1.03)))
        return {"kind": kind, "stop_micros" if kind == "set_stop" else "target_micros": level}


def schedule_of(seed: str) -> list[Step]:
    """The schedule that a seed stands for."""
    drawing = Drawing(seed)
    return drawing.schedule(drawing.dice.randint(6, 9))
