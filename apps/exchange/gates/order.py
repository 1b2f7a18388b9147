"""The order that an intent amounts to, in lots, and the gates on its size."""

from apps.exchange.gates.case import Case, Gate, in_range
from apps.exchange.precision import lots_for_notional, max_market_order_micros
from apps.exchange.rounding import notional
from apps.exchange.types import ActionKind, DenyReason


def plan_order(case: Case, mark_micros: int) -> None:
    """Turn the intent into lots to close and lots to open, valued at the mark. Changes the case."""
    intent, decimals = case.intent, case.instrument.size_decimals
    held_lots = abs(case.held.size_lots) if case.held is not None else 0
    lots = intent.size_lots or lots_for_notional(intent.notional_micros, mark_micros, decimals)
    if intent.kind == ActionKind.CLOSE:
        case.close_lots = held_lots
    elif not case.grows:
        case.close_lots = min(lots, held_lots)
    elif intent.kind == ActionKind.FLIP:
        asked = intent.size_lots or intent.notional_micros
        case.close_lots, case.open_lots = held_lots, lots if asked else held_lots
    else:
        case.open_lots = lots
    case.open_micros = notional(mark_micros, case.open_lots, decimals)
    case.order_micros = notional(mark_micros, case.close_lots + case.open_lots, decimals)


def _is_a_lot(case: Case) -> str | None:
    lots = case.open_lots if case.grows else case.close_lots
    return None if lots >= 1 else "the size is below one lot"


def _is_large_enough(case: Case) -> str | None:
    if case.held is not None and not case.grows and case.close_lots == abs(case.held.size_lots):
        return None
    least = case.policy.min_notional_micros
    value = case.open_micros if case.grows else case.order_micros
    return None if value >= least else f"order is worth {value} micro-dollars, at least {least} is needed"


def _is_small_enough(case: Case) -> str | None:
    limit = max_market_order_micros(case.instrument.max_leverage)
    return in_range("order value in micro-dollars", 0, case.order_micros, limit) if case.grows else None


ORDER_GATES: tuple[Gate, ...] = (
    (DenyReason.SIZE_BELOW_LOT, _is_a_lot),
    (DenyReason.BELOW_MIN_NOTIONAL, _is_large_enough),
    (DenyReason.ABOVE_MAX_ORDER, _is_small_enough),
)
