"""Words of the exchange: sides, kinds, causes and the stable codes of its refusals."""

from enum import IntEnum, StrEnum

KERNEL_VERSION = "exchange-2"
ACTIVE = "active"
REDUCE_ONLY = "reduce_only"


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
    SET_STOP = "set_stop"
    SET_TARGET = "set_target"
    SET_EXIT = "set_exit"
    CANCEL = "cancel"


class TriggerKind(StrEnum):
    """What makes a standing exit fire: a mark beyond a price, behind the best mark, or the time."""

    STOP = "stop"
    TARGET = "target"
    TRAILING = "trailing"
    TIME = "time"


class TradingMode(StrEnum):
    """What a kill switch leaves possible: everything, only what shrinks a position, or nothing at all."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"


class ExitCause(StrEnum):
    """How a forced exit came about."""

    MARKET = "market"
    PARTIAL = "partial"
    BACKSTOP = "backstop"


class LedgerKind(StrEnum):
    """Why cash changed."""

    FEE = "fee"
    REALIZED_PNL = "realized_pnl"
    FUNDING = "funding"
    DEPOSIT = "deposit"
    ADJUSTMENT = "adjustment"
    BACKSTOP = "backstop"


class DenyReason(StrEnum):
    """Stable codes of the gates, in no particular order (the order is `gates.GATE_ORDER`)."""

    NOTHING_TO_DO = "NOTHING_TO_DO"
    TRADING_HALTED = "TRADING_HALTED"
    ACCOUNT_NOT_TRADABLE = "ACCOUNT_NOT_TRADABLE"
    ONLY_REDUCING = "ONLY_REDUCING"
    INTENT_INVALID = "INTENT_INVALID"
    AMOUNT_OUT_OF_RANGE = "AMOUNT_OUT_OF_RANGE"
    ASSET_NOT_ALLOWED = "ASSET_NOT_ALLOWED"
    ASSET_DELISTED = "ASSET_DELISTED"
    MARGIN_MODE_MISMATCH = "MARGIN_MODE_MISMATCH"
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
    LIQUIDATION_DUE = "LIQUIDATION_DUE"
    NO_POSITION = "NO_POSITION"
    NO_TRIGGER = "NO_TRIGGER"
    TRIGGER_PRICE_INVALID = "TRIGGER_PRICE_INVALID"
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
    ABOVE_MAX_NET_EXPOSURE = "ABOVE_MAX_NET_EXPOSURE"
    ABOVE_MAX_ACCOUNT_LEVERAGE = "ABOVE_MAX_ACCOUNT_LEVERAGE"
    TOO_MANY_POSITIONS = "TOO_MANY_POSITIONS"
    LEVERAGE_ABOVE_TIER = "LEVERAGE_ABOVE_TIER"
    INSUFFICIENT_MARGIN = "INSUFFICIENT_MARGIN"
    NOT_LIQUIDATABLE = "NOT_LIQUIDATABLE"
