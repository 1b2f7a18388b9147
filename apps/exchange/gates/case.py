"""What the gates look at, and what a gate is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from apps.exchange import margin
from apps.exchange.types import (
    AccountState,
    ActionKind,
    Book,
    DenyReason,
    Fill,
    Instrument,
    OrderIntent,
    Policy,
    Position,
    Quote,
)

SHRINKING = (ActionKind.CLOSE, ActionKind.REDUCE)


@dataclass(slots=True)
class Case:
    """Everything the gates may look at; the last block is filled between the stages."""

    state: AccountState
    intent: OrderIntent
    instrument: Instrument
    quote: Quote | None
    book: Book | None
    marks: Mapping[str, Quote]
    instruments: Mapping[str, Instrument]
    policy: Policy
    now_ms: int
    held: Position | None
    grows: bool
    close_lots: int = 0
    open_lots: int = 0
    order_micros: int = 0
    open_micros: int = 0
    fills: tuple[Fill, ...] = ()
    after: AccountState | None = None
    margins: margin.Margins | None = None


Check = Callable[[Case], str | None]
Gate = tuple[DenyReason, Check]


def in_range(name: str, low: int, value: int, high: int) -> str | None:
    """None when the value lies in lo <= x <= hi, else the sentence that says so."""
    if low <= value <= high:
        return None
    return f"{name} is {value}, allowed {low}..{high}"
