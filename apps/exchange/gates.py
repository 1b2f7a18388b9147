"""The gates: every rule an order must pass, in an order that is data, each a positive range lo <= x <= hi.

A gate is a reason and a check; a check answers None (allowed) or a sentence (denied). Three stages: what is
asked for, the order it amounts to, and the account it would leave behind. An order that only shrinks a
position passes all gates that limit risk or pace: a way out is always open.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from apps.exchange import margin, prices
from apps.exchange.precision import is_within_bps, lots_for_notional, max_market_order_micros
from apps.exchange.rounding import notional
from apps.exchange.types import (
    ACTIVE,
    AccountState,
    ActionKind,
    Book,
    Denied,
    DenyReason,
    Fill,
    Instrument,
    OrderIntent,
    Policy,
    Position,
    Quote,
)

SHRINKING = (ActionKind.CLOSE, ActionKind.REDUCE)
NEED_POSITION = (ActionKind.CLOSE, ActionKind.REDUCE, ActionKind.FLIP)


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


def _range(name: str, low: int, value: int, high: int) -> str | None:
    if low <= value <= high:
        return None
    return f"{name} is {value}, allowed {low}..{high}"


def _asks_for_something(case: Case) -> str | None:
    return "hold asks for no order" if case.intent.kind == ActionKind.HOLD else None


def _account_is_active(case: Case) -> str | None:
    return None if case.state.status == ACTIVE else f"the account is {case.state.status}"


def _intent_is_valid(case: Case) -> str | None:
    intent = case.intent
    if intent.symbol != case.instrument.symbol:
        return f"intent is for {intent.symbol}, instrument for {case.instrument.symbol}"
    if case.quote is not None and case.quote.symbol != intent.symbol:
        return f"intent is for {intent.symbol}, quote for {case.quote.symbol}"
    if min(intent.size_lots, intent.notional_micros) < 0 or (intent.size_lots and intent.notional_micros):
        return "give a positive size or a positive notional, not both"
    needs_size = intent.kind in (ActionKind.OPEN, ActionKind.REDUCE)
    if needs_size and not (intent.size_lots or intent.notional_micros):
        return f"{intent.kind} needs a size or a notional"
    return None if intent.leverage >= 1 else f"leverage is {intent.leverage}, at least 1 is needed"


def _asset_is_allowed(case: Case) -> str | None:
    if not case.grows or case.intent.symbol in case.policy.allowed_symbols:
        return None
    return f"{case.intent.symbol} is not among the policy's assets"


def _asset_is_listed(case: Case) -> str | None:
    return f"{case.intent.symbol} is delisted" if case.grows and case.instrument.is_delisted else None


def _asset_is_cross(case: Case) -> str | None:
    if not (case.grows and case.instrument.only_isolated):
        return None
    return f"{case.intent.symbol} trades on isolated margin only, accounts here are cross"


def _window_has_room(case: Case) -> str | None:
    if not case.grows:
        return None
    limit = case.policy.max_actions_per_window
    return _range("actions in the window with this one", 1, case.state.actions_in_window + 1, limit)


def _has_cooled_down(case: Case) -> str | None:
    last = case.state.last_action_at_ms
    if not case.grows or last is None or case.now_ms - last >= case.policy.cooldown_ms:
        return None
    return f"{case.now_ms - last} ms since the last action, {case.policy.cooldown_ms} are needed"


def _price_check(reason: DenyReason) -> Check:
    def check(case: Case) -> str | None:
        problem = prices.quote_problem(case.quote, case.policy, case.now_ms)
        return problem.detail if problem is not None and problem.reason == reason else None

    return check


def _book_is_sane(case: Case) -> str | None:
    if case.book is None or case.quote is None:
        return None
    problem = prices.book_problem(case.book, case.quote, case.policy)
    return None if problem is None else problem.detail


def _others_are_marked(case: Case) -> str | None:
    if not case.grows:
        return None
    problem = prices.marks_problem(case.state, case.marks, case.instruments, case.policy, case.now_ms)
    return None if problem is None else problem.detail


def _has_position(case: Case) -> str | None:
    if case.held is not None or case.intent.kind not in NEED_POSITION:
        return None
    return f"there is no position in {case.intent.symbol}"


def _reduce_only_reduces(case: Case) -> str | None:
    if not case.intent.reduce_only or case.intent.kind in SHRINKING:
        return None
    against = case.held is not None and case.held.size_lots * case.intent.side < 0
    if case.intent.kind == ActionKind.OPEN and against:
        return None
    return "a reduce-only order must be against an open position"


def _is_not_opposite(case: Case) -> str | None:
    if case.intent.kind != ActionKind.OPEN or case.intent.reduce_only or case.held is None:
        return None
    same = case.held.size_lots * case.intent.side > 0
    return None if same else "a position is open on the other side: reduce, close or flip it"


def _flip_turns(case: Case) -> str | None:
    if case.intent.kind != ActionKind.FLIP or case.held is None:
        return None
    turns = case.held.size_lots * case.intent.side < 0
    return None if turns else "the position is on this side already"


def _policy_leverage(case: Case) -> str | None:
    return _range("leverage", 1, case.intent.leverage, case.policy.max_leverage) if case.grows else None


def _asset_leverage(case: Case) -> str | None:
    return _range("leverage", 1, case.intent.leverage, case.instrument.max_leverage) if case.grows else None


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
    return _range("order value in micro-dollars", 0, case.order_micros, limit) if case.grows else None


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
    return _range("position in micro-dollars", 0, _value_after(case), case.policy.max_position_micros)


def _tier_leverage(case: Case) -> str | None:
    if not case.grows:
        return None
    limit = margin.max_leverage_at(_value_after(case), case.instrument)
    return _range("leverage at this size", 1, case.intent.leverage, limit)


def _exposure_fits(case: Case) -> str | None:
    if not case.grows or case.margins is None:
        return None
    limit = case.policy.max_exposure_micros
    return _range("exposure in micro-dollars", 0, case.margins.exposure_micros, limit)


def _margin_suffices(case: Case) -> str | None:
    if not case.grows or case.margins is None:
        return None
    needed, value = case.margins.initial_micros, case.margins.account_value_micros
    return _range("initial margin", 0, needed, value)


REQUEST_GATES: tuple[Gate, ...] = (
    (DenyReason.NOTHING_TO_DO, _asks_for_something),
    (DenyReason.ACCOUNT_NOT_ACTIVE, _account_is_active),
    (DenyReason.INTENT_INVALID, _intent_is_valid),
    (DenyReason.ASSET_NOT_ALLOWED, _asset_is_allowed),
    (DenyReason.ASSET_DELISTED, _asset_is_listed),
    (DenyReason.ASSET_ISOLATED_ONLY, _asset_is_cross),
    (DenyReason.NO_POSITION, _has_position),
    (DenyReason.REDUCE_ONLY_WOULD_GROW, _reduce_only_reduces),
    (DenyReason.OPPOSITE_POSITION, _is_not_opposite),
    (DenyReason.FLIP_SAME_SIDE, _flip_turns),
    (DenyReason.LEVERAGE_ABOVE_POLICY, _policy_leverage),
    (DenyReason.LEVERAGE_ABOVE_ASSET, _asset_leverage),
    (DenyReason.TOO_MANY_ACTIONS, _window_has_room),
    (DenyReason.COOLDOWN, _has_cooled_down),
    (DenyReason.PRICE_MISSING, _price_check(DenyReason.PRICE_MISSING)),
    (DenyReason.PRICE_STALE, _price_check(DenyReason.PRICE_STALE)),
    (DenyReason.PRICE_NOT_SANE, _price_check(DenyReason.PRICE_NOT_SANE)),
    (DenyReason.BOOK_NOT_SANE, _book_is_sane),
    (DenyReason.MARKS_MISSING, _others_are_marked),
)
ORDER_GATES: tuple[Gate, ...] = (
    (DenyReason.SIZE_BELOW_LOT, _is_a_lot),
    (DenyReason.BELOW_MIN_NOTIONAL, _is_large_enough),
    (DenyReason.ABOVE_MAX_ORDER, _is_small_enough),
)
RESULT_GATES: tuple[Gate, ...] = (
    (DenyReason.SLIPPAGE_TOO_LARGE, _slippage_is_tolerable),
    (DenyReason.ABOVE_MAX_POSITION, _position_fits),
    (DenyReason.LEVERAGE_ABOVE_TIER, _tier_leverage),
    (DenyReason.ABOVE_MAX_EXPOSURE, _exposure_fits),
    (DenyReason.INSUFFICIENT_MARGIN, _margin_suffices),
)
GATE_ORDER: tuple[DenyReason, ...] = tuple(
    reason for stage in (REQUEST_GATES, ORDER_GATES, RESULT_GATES) for reason, _ in stage
)


def first_denial(stage: tuple[Gate, ...], case: Case) -> Denied | None:
    """Run one stage in order; return its first denial, or None when all allow."""
    for reason, check in stage:
        detail = check(case)
        if detail is not None:
            return Denied(reason, detail)
    return None


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
