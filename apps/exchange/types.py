"""The trading vocabulary: frozen values in integers that cross every border of the exchange.

Money and prices are micro-dollars (a price is per whole unit), sizes are lots of 10**-size_decimals,
rates are units of 1e-10, times are milliseconds of the epoch. Longs are positive, shorts negative.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from typing import Any

from apps.exchange.rounding import mul_div

KERNEL_VERSION = "exchange-1"
ACTIVE = "active"


class Side(IntEnum):
    """Direction of an order or a position: buying or long is +1, selling or short is -1."""

    LONG = 1
    SHORT = -1


class ActionKind(StrEnum):
    """What an intent asks for."""

    HOLD = "hold"
    OPEN = "open"
    CLOSE = "close"
    REDUCE = "reduce"
    FLIP = "flip"


class LedgerKind(StrEnum):
    """Why cash changed."""

    FEE = "fee"
    REALIZED_PNL = "realized_pnl"
    FUNDING = "funding"
    DEPOSIT = "deposit"
    ADJUSTMENT = "adjustment"


class DenyReason(StrEnum):
    """Stable codes of the gates, in no particular order (the order is `gates.GATE_ORDER`)."""

    NOTHING_TO_DO = "NOTHING_TO_DO"
    ACCOUNT_NOT_ACTIVE = "ACCOUNT_NOT_ACTIVE"
    INTENT_INVALID = "INTENT_INVALID"
    ASSET_NOT_ALLOWED = "ASSET_NOT_ALLOWED"
    ASSET_DELISTED = "ASSET_DELISTED"
    ASSET_ISOLATED_ONLY = "ASSET_ISOLATED_ONLY"
    TOO_MANY_ACTIONS = "TOO_MANY_ACTIONS"
    COOLDOWN = "COOLDOWN"
    PRICE_MISSING = "PRICE_MISSING"
    PRICE_STALE = "PRICE_STALE"
    PRICE_NOT_SANE = "PRICE_NOT_SANE"
    PRICE_NOT_POSITIVE = "PRICE_NOT_POSITIVE"
    PRICE_NOT_A_NUMBER = "PRICE_NOT_A_NUMBER"
    PRICE_JUMP = "PRICE_JUMP"
    BOOK_NOT_SANE = "BOOK_NOT_SANE"
    MARKS_MISSING = "MARKS_MISSING"
    NO_POSITION = "NO_POSITION"
    REDUCE_ONLY_WOULD_GROW = "REDUCE_ONLY_WOULD_GROW"
    OPPOSITE_POSITION = "OPPOSITE_POSITION"
    FLIP_SAME_SIDE = "FLIP_SAME_SIDE"
    LEVERAGE_ABOVE_POLICY = "LEVERAGE_ABOVE_POLICY"
    LEVERAGE_ABOVE_ASSET = "LEVERAGE_ABOVE_ASSET"
    SIZE_BELOW_LOT = "SIZE_BELOW_LOT"
    BELOW_MIN_NOTIONAL = "BELOW_MIN_NOTIONAL"
    ABOVE_MAX_ORDER = "ABOVE_MAX_ORDER"
    SLIPPAGE_TOO_LARGE = "SLIPPAGE_TOO_LARGE"
    ABOVE_MAX_POSITION = "ABOVE_MAX_POSITION"
    ABOVE_MAX_EXPOSURE = "ABOVE_MAX_EXPOSURE"
    LEVERAGE_ABOVE_TIER = "LEVERAGE_ABOVE_TIER"
    INSUFFICIENT_MARGIN = "INSUFFICIENT_MARGIN"
    NOT_LIQUIDATABLE = "NOT_LIQUIDATABLE"


@dataclass(frozen=True, slots=True)
class MarginTier:
    """From this notional (micro-dollars, inclusive) upwards, at most this leverage."""

    lower_bound_micros: int
    max_leverage: int


@dataclass(frozen=True, slots=True)
class Instrument:
    """A perpetual as the venue describes it; `tiers` ascend and the first begins at 0."""

    symbol: str
    size_decimals: int
    max_leverage: int
    tiers: tuple[MarginTier, ...] = ()
    is_delisted: bool = False
    only_isolated: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices of one asset at one moment; the funding rate is hourly, in 1e-10.

    `fault` is the `DenyReason` for which a newer price is held back: these are then the last good ones, which
    nobody may trade or value at. Empty where nothing is held back.
    """

    symbol: str
    mark_micros: int
    oracle_micros: int
    mid_micros: int
    at_ms: int
    funding_rate_e10: int = 0
    reference: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class BookLevel:
    """One price level and the lots resting there."""

    price_micros: int
    size_lots: int


@dataclass(frozen=True, slots=True)
class Book:
    """A book snapshot; both sides best first (bids descend, asks ascend)."""

    symbol: str
    at_ms: int
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """An open position: signed lots and signed notional at entry (both positive for a long)."""

    symbol: str
    size_lots: int
    cost_micros: int
    leverage: int

    def entry_price_micros(self, size_decimals: int) -> int:
        """Return the average entry price, for display only; zero when flat."""
        if self.size_lots == 0:
            return 0
        return mul_div(abs(self.cost_micros), 10**size_decimals, abs(self.size_lots))


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the exchange must know of an account; `positions` holds no flat one."""

    status: str
    cash_micros: int
    positions: tuple[Position, ...] = ()
    actions_in_window: int = 0
    last_action_at_ms: int | None = None

    def position(self, symbol: str) -> Position | None:
        """Return the open position in the asset, or None when flat."""
        for held in self.positions:
            if held.symbol == symbol:
                return held
        return None


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """What a decision asks for. Give `size_lots` or `notional_micros`, not both.

    `side` is the side to hold for open and flip. Close and reduce take their direction from the
    position and ignore it; close ignores the size; a flip without a size mirrors the position.
    """

    kind: ActionKind
    symbol: str
    side: Side = Side.LONG
    size_lots: int = 0
    notional_micros: int = 0
    leverage: int = 1
    reduce_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Execution rules pinned on an account. Nothing outside `allowed_symbols` may be opened.

    Without a book the fill price is mid moved against the trader by `half_spread_rate_e10` plus
    `impact_rate_e10 * exposure / impact_depth_micros`, averaged over the exposure the order moves through.
    """

    version: str = "policy-1"
    allowed_symbols: tuple[str, ...] = ()
    taker_fee_rate_e10: int = 4_500_000
    max_leverage: int = 20
    max_position_micros: int = 50_000_000_000
    max_exposure_micros: int = 100_000_000_000
    min_notional_micros: int = 10_000_000
    max_price_age_ms: int = 15_000
    max_price_deviation_bps: int = 500
    max_slippage_bps: int = 1_000
    max_actions_per_window: int = 60
    window_ms: int = 3_600_000
    cooldown_ms: int = 0
    max_drawdown_bps: int = 5_000
    half_spread_rate_e10: int = 1_000_000
    impact_rate_e10: int = 10_000_000
    impact_depth_micros: int = 1_000_000_000_000

    def to_document(self) -> dict[str, object]:
        """Return the policy as plain JSON: strings, integers and one list of symbols."""
        document: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        document["allowed_symbols"] = list(self.allowed_symbols)
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> "Policy":
        """Build a policy from `to_document` output; missing fields take their defaults.

        Raises ValueError on an unknown field, a wrong type, a negative number or a zero depth.
        """
        known = {field.name: field.type for field in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in document.items():
            if name not in known:
                raise ValueError(f"policy has no field {name!r}")
            values[name] = _policy_value(name, value)
        policy = cls(**values)
        if policy.impact_depth_micros == 0:
            raise ValueError("policy field 'impact_depth_micros' must be positive")
        return policy


def _policy_value(name: str, value: object) -> object:
    if name == "version":
        if isinstance(value, str) and value:
            return value
        raise ValueError("policy field 'version' must be a string")
    if name == "allowed_symbols":
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise ValueError("policy field 'allowed_symbols' must be a list of strings")
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"policy field {name!r} must be an integer of at least zero")
    return value


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill with its receipt; sizes and notional are unsigned, `side` is the side traded.

    side * (notional - mid * size) = half_spread + walk: what crossing the spread and walking the book
    (or the impact curve, when `book_reference` is empty) cost, in money.
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
    """What happened in one asset. A flat position is None; a flip has two fills, close then open."""

    fills: tuple[Fill, ...]
    position_before: Position | None
    position_after: Position | None
    lines: tuple[LedgerLine, ...]
    state_after: AccountState
