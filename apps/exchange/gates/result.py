"""The last gates: the fills an order would get and the account it would leave behind."""

from apps.exchange import margin
from apps.exchange.gates.case import Case, Gate, in_range
from apps.exchange.precision import is_within_bps
from apps.exchange.rounding import notional
from apps.exchange.types import DenyReason


def _slippage_is_tolerable(case: Case) -> str | None:
    if not case.grows or case.quote is None:
        return None
    for fill in case.fills:
        if not is_within_bps(fill.price_micros, case.quote.mark_micros, case.policy.max_slippage_bps):
            limit = case.policy.max_slippage_bps
            return f"fill at {fill.price_micros} is over {limit} bps from the mark {case.quote.mark_micros}"
    return None


def _value_after(case: Case) -> int:
    held = case.after.position(case.intent.symbol) if case.after is not None else None
    if held is None or case.quote is None:
        return 0
    return abs(notional(case.quote.mark_micros, held.size_lots, case.instrument.size_decimals))


def _position_fits(case: Case) -> str | None:
    if not case.grows:
        return None
    return in_range("position in micro-dollars", 0, _value_after(case), case.policy.max_position_micros)


def _tier_leverage(case: Case) -> str | None:
    if not case.grows:
        return None
    limit = margin.max_leverage_at(_value_after(case), case.instrument)
    return in_range("leverage at this size", 1, case.intent.leverage, limit)


def _exposure_fits(case: Case) -> str | None:
    if not case.grows or case.margins is None:
        return None
    limit = case.policy.max_exposure_micros
    return in_range("exposure in micro-dollars", 0, case.margins.exposure_micros, limit)


def _margin_suffices(case: Case) -> str | None:
    if not case.grows or case.margins is None:
        return None
    needed, value = case.margins.initial_micros, case.margins.account_value_micros
    return in_range("initial margin", 0, needed, value)


RESULT_GATES: tuple[Gate, ...] = (
    (DenyReason.SLIPPAGE_TOO_LARGE, _slippage_is_tolerable),
    (DenyReason.ABOVE_MAX_POSITION, _position_fits),
    (DenyReason.LEVERAGE_ABOVE_TIER, _tier_leverage),
    (DenyReason.ABOVE_MAX_EXPOSURE, _exposure_fits),
    (DenyReason.INSUFFICIENT_MARGIN, _margin_suffices),
)
