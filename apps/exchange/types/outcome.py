"""What the exchange answers: fills with receipts, ledger lines, refusals."""

from dataclasses import dataclass

from apps.exchange.types.account import AccountState, Position, Trigger
from apps.exchange.types.words import KERNEL_VERSION, DenyReason, ExitCause, LedgerKind, Side


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill with its receipt; sizes and notional are unsigned, `side` is the side traded.

    side * (notional - mid * size) = half_spread + walk: what crossing the spread and walking the book
    (or the impact curve, when `book_reference` is empty) cost, in money. `margin_micros` is the signed change of
    the position's isolated margin, `taken_lots` what the walk passed over because the account had taken it before,
    `leverage` and `is_isolated` those of the position after the fill (before it, where the fill closes).
    """

    symbol: str
    side: Side
    size_lots: int
    price_micros: int
    notional_micros: int
    fee_micros: int
    realized_micros: int
    mid_micros: int
    half_spread_micros: int
    walk_micros: int
    book_reference: str
    quote_reference: str
    leverage: int = 1
    is_isolated: bool = False
    margin_micros: int = 0
    taken_lots: int = 0
    kernel_version: str = KERNEL_VERSION


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A signed change of cash and its reason."""

    kind: LedgerKind
    amount_micros: int
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Denied:
    """A refusal is a value: a stable reason and a sentence for people."""

    reason: DenyReason
    detail: str


@dataclass(frozen=True, slots=True)
class Executed:
    """What happened in one asset. A flat position is None; a flip has two fills, close then open.

    `triggers` are the standing exits that were set (each takes the place of one of its kind); an action that only
    sets or cancels has no fills. `cancels_triggers` says that the asset's older ones end with it. `exit_cause` is
    given by forced exits only.
    """

    fills: tuple[Fill, ...]
    position_before: Position | None
    position_after: Position | None
    lines: tuple[LedgerLine, ...]
    state_after: AccountState
    triggers: tuple[Trigger, ...] = ()
    cancels_triggers: bool = False
    exit_cause: ExitCause | None = None
