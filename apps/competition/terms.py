"""The terms of an audition: what a rulebook's document says, word for word one of what the judge honours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices


class Basis(TextChoices):
    """What target and limits look at."""

    EQUITY = "equity", "Equity, open positions at their marks, after fees and funding"
    BALANCE = "balance", "Balance, what was closed, after fees and funding"


class Drawdown(TextChoices):
    """What the loss limit is measured from."""

    STATIC = "static", "The start"
    TRAILING = "trailing", "The highest mark so far"


class Boundary(TextChoices):
    """Whether exactly on a limit counts as having reached it."""

    INCLUSIVE = "inclusive", "Exactly on it counts"
    EXCLUSIVE = "exclusive", "Exactly on it does not count"


class Outage(TextChoices):
    """What becomes of minutes in which an asset of the clone had no price to trade at."""

    EXTEND = "extend", "The window is extended by them"
    NONE = "none", "They are part of the window"


BPS = 10_000
EVERY_MARK = "every_mark"
EXECUTED_ORDER = "executed_order"
_FIRST_WORDS = {
    "basis": "equity after fees and funding",
    "drawdown": "static, measured from the start",
    "boundary": "inclusive: touching the target passes, touching the loss ends",
    "trade": "an executed order of the clone",
}
"""How version 1 said in words what it could only mean."""
_FIGURES = {
    "title": "title",
    "windowMinutes": "window_minutes",
    "startMicros": "start_micros",
    "profitTargetBps": "profit_target_bps",
    "maxLossBps": "max_loss_bps",
    "minOrders": "min_orders",
    "maxProfitShareBps": "max_profit_share_bps",
    "maxPriceAgeMs": "max_price_age_ms",
    "demonstration": "demonstration",
}


@dataclass(frozen=True, slots=True)
class RulebookTerms:
    """The terms of an audition. Money in micro-dollars, shares in basis points of the start, times in minutes.

    `max_loss_bps` is a share of the highest mark where the drawdown trails. `daily_loss_bps` is how far a mark
    on record may lie below the last one on record before its day began (0: no such limit), a day beginning at
    `day_boundary_minute` of the UTC day. What lies between two marks on record is nobody's value.
    """

    title: str = "Audition, 24 hours"
    window_minutes: int = 1440
    start_micros: int = 100_000_000_000
    profit_target_bps: int = 300
    max_loss_bps: int = 600
    min_orders: int = 5
    max_profit_share_bps: int = 6000
    max_price_age_ms: int = 15_000
    demonstration: bool = False
    basis: str = Basis.EQUITY
    drawdown: str = Drawdown.STATIC
    target_boundary: str = Boundary.INCLUSIVE
    loss_boundary: str = Boundary.INCLUSIVE
    daily_loss_bps: int = 0
    day_boundary_minute: int = 0
    outage: str = Outage.EXTEND
    version: int = 2

    @property
    def looks_at_path(self) -> bool:
        """Whether a limit needs every mark in its order; the static one of equity needs the lowest alone."""
        plain = self.basis == Basis.EQUITY and self.drawdown == Drawdown.STATIC
        return not plain or self.daily_loss_bps > 0

    @property
    def target_micros(self) -> int:
        """The value that passes, in micro-dollars."""
        return self.start_micros + self.start_micros * self.profit_target_bps // BPS

    def floor_micros(self, *, base: int | None = None) -> int:
        """The value that lies the loss limit under a base (the start where none is named), in micro-dollars."""
        measured = self.start_micros if base is None else base
        return measured - measured * self.max_loss_bps // BPS

    def document(self) -> dict[str, Any]:
        """The published form: plain JSON whose digest is the rulebook's name."""
        figures = {word: getattr(self, name) for word, name in _FIGURES.items()}
        head = {"kind": "audition", "version": self.version, **figures}
        if self.version == 1:
            return head | _FIRST_WORDS
        daily = {"lossBps": self.daily_loss_bps, "boundaryMinute": self.day_boundary_minute}
        return head | {
            "basis": str(self.basis),
            "drawdown": str(self.drawdown),
            "targetBoundary": str(self.target_boundary),
            "lossBoundary": str(self.loss_boundary),
            "daily": daily if self.daily_loss_bps else None,
            "sampling": EVERY_MARK,
            "trade": EXECUTED_ORDER,
            "outage": str(self.outage),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "RulebookTerms":
        """The terms of a published document; KeyError where one is missing."""
        figures = {name: document[word] for word, name in _FIGURES.items()}
        if document["version"] == 1:
            return cls(**figures, outage=Outage.NONE, version=1)
        daily = document["daily"] or {"lossBps": 0, "boundaryMinute": 0}
        return cls(
            **figures,
            basis=document["basis"],
            drawdown=document["drawdown"],
            target_boundary=document["targetBoundary"],
            loss_boundary=document["lossBoundary"],
            daily_loss_bps=daily["lossBps"],
            day_boundary_minute=daily["boundaryMinute"],
            outage=document["outage"],
            version=document["version"],
        )
