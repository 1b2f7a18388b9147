"""The gates as data: their order, their stable codes, and one sentence each."""

from apps.exchange.types.words import DenyReason

Row = tuple[int, int, int, int]
"""A gate's number and the range it demands: low <= value <= high. A yes/no question is 1 <= answer <= 1."""
Rows = tuple[Row, ...]
ALLOWED = (0, 0, 0, 0)
"""The row that stands for "no gate denies"."""

# The numbers are the places in GATE_ORDER, which a test holds them to.
(
    NOTHING_TO_DO,
    TRADING_HALTED,
    ACCOUNT_NOT_TRADABLE,
    INTENT_INVALID,
    AMOUNT_OUT_OF_RANGE,
    NO_POSITION,
    NO_TRIGGER,
    REDUCE_ONLY_WOULD_GROW,
    OPPOSITE_POSITION,
    FLIP_SAME_SIDE,
    ONLY_REDUCING,
    ASSET_NOT_ALLOWED,
    ASSET_DELISTED,
    MARGIN_MODE_MISMATCH,
    LEVERAGE_ABOVE_POLICY,
    LEVERAGE_ABOVE_ASSET,
    TOO_MANY_ACTIONS,
    COOLDOWN,
    PRICE_MISSING,
    PRICE_NOT_POSITIVE,
    PRICE_NOT_A_NUMBER,
    PRICE_JUMP,
    PRICE_STALE,
    PRICE_NOT_SANE,
    BOOK_NOT_SANE,
    MARKS_MISSING,
    LIQUIDATION_DUE,
    TRIGGER_PRICE_INVALID,
    SIZE_BELOW_LOT,
    BELOW_MIN_NOTIONAL,
    ABOVE_MAX_ORDER,
    SLIPPAGE_TOO_LARGE,
    ABOVE_MAX_POSITION,
    LEVERAGE_ABOVE_TIER,
    TOO_MANY_POSITIONS,
    ABOVE_MAX_EXPOSURE,
    ABOVE_MAX_NET_EXPOSURE,
    INSUFFICIENT_MARGIN,
    ABOVE_MAX_ACCOUNT_LEVERAGE,
) = range(1, 40)

_HELD_BACK = "a newer price is held back by the price guard, or there is none"
SENTENCES: dict[DenyReason, str] = {
    DenyReason.NOTHING_TO_DO: "hold asks for no order",
    DenyReason.TRADING_HALTED: "all trading is stopped by a kill switch",
    DenyReason.ACCOUNT_NOT_TRADABLE: "the account may not trade",
    DenyReason.INTENT_INVALID: "the request is incomplete or contradicts itself: one asset, one positive size "
    "or notional where one is needed, a leverage of at least 1, the level of the exit that is to be set",
    DenyReason.AMOUNT_OUT_OF_RANGE: "an amount is {value}, allowed {low}..{high}",
    DenyReason.NO_POSITION: "there is no position in {symbol}",
    DenyReason.NO_TRIGGER: "there is no standing exit of {symbol}",
    DenyReason.REDUCE_ONLY_WOULD_GROW: "a reduce-only order must be against an open position",
    DenyReason.OPPOSITE_POSITION: "a position is open on the other side: reduce, close or flip it",
    DenyReason.FLIP_SAME_SIDE: "the position is on this side already",
    DenyReason.ONLY_REDUCING: "only orders that shrink a position are possible now",
    DenyReason.ASSET_NOT_ALLOWED: "{symbol} is not among the policy's assets",
    DenyReason.ASSET_DELISTED: "{symbol} is delisted",
    DenyReason.MARGIN_MODE_MISMATCH: "the open position in {symbol} has another margin mode, or another leverage",
    DenyReason.LEVERAGE_ABOVE_POLICY: "leverage is {value}, the policy allows {low}..{high}",
    DenyReason.LEVERAGE_ABOVE_ASSET: "leverage is {value}, {symbol} allows {low}..{high}",
    DenyReason.TOO_MANY_ACTIONS: "actions in the window with this one are {value}, allowed {low}..{high}",
    DenyReason.COOLDOWN: "{value} ms since the last action, {low} are needed",
    DenyReason.PRICE_MISSING: f"PRICE_MISSING: {_HELD_BACK}",
    DenyReason.PRICE_NOT_POSITIVE: f"PRICE_NOT_POSITIVE: {_HELD_BACK}",
    DenyReason.PRICE_NOT_A_NUMBER: f"PRICE_NOT_A_NUMBER: {_HELD_BACK}",
    DenyReason.PRICE_JUMP: f"PRICE_JUMP: {_HELD_BACK}",
    DenyReason.PRICE_STALE: "the price is {value} ms old, allowed {low}..{high}",
    DenyReason.PRICE_NOT_SANE: "a price is {value}, allowed {low}..{high}: positive, and near the oracle",
    DenyReason.BOOK_NOT_SANE: "the book is crossed, unsorted, not positive or far from the mark",
    DenyReason.MARKS_MISSING: "another open position has no believable price",
    DenyReason.LIQUIDATION_DUE: "the next mark liquidates it",
    DenyReason.TRIGGER_PRICE_INVALID: "an exit in {symbol} is not on its side of the mark, at a positive price",
    DenyReason.SIZE_BELOW_LOT: "the size is below one lot",
    DenyReason.BELOW_MIN_NOTIONAL: "the order is worth {value} micro-dollars, at least {low} is needed",
    DenyReason.ABOVE_MAX_ORDER: "the order is worth {value} micro-dollars, allowed {low}..{high}",
    DenyReason.SLIPPAGE_TOO_LARGE: "the fill would be at {value}, allowed {low}..{high}",
    DenyReason.ABOVE_MAX_POSITION: "the position would be {value} micro-dollars, allowed {low}..{high}",
    DenyReason.LEVERAGE_ABOVE_TIER: "leverage is {value}, allowed {low}..{high} at this size",
    DenyReason.TOO_MANY_POSITIONS: "there would be {value} open positions, allowed {low}..{high}",
    DenyReason.ABOVE_MAX_EXPOSURE: "exposure would be {value} micro-dollars, allowed {low}..{high}",
    DenyReason.ABOVE_MAX_NET_EXPOSURE: "net exposure would be {value} micro-dollars, allowed {low}..{high}",
    DenyReason.INSUFFICIENT_MARGIN: "the margin needed would be {value} micro-dollars, {high} back it",
    DenyReason.ABOVE_MAX_ACCOUNT_LEVERAGE: "exposure would need an equity of {value} micro-dollars, there are {high}",
}
"""What a denial says to people, in the order in which the gates are asked."""

GATE_ORDER: tuple[DenyReason, ...] = tuple(SENTENCES)
NUMBERS: dict[DenyReason, int] = {reason: number for number, reason in enumerate(GATE_ORDER, 1)}
