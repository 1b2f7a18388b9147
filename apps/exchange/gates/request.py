"""The first gates: what is asked for, before any price or size is looked at."""

from apps.exchange.figures import (
    ACTIVE,
    CANCEL,
    CLOSE,
    FLIP,
    NEVER_MS,
    OPEN,
    REDUCE,
    REDUCING,
    SET_EXIT,
    SET_STOP,
    SET_TARGET,
    Account,
    Facts,
    Held,
    Market,
    Order,
)
from apps.exchange.gates import numbers as gate
from apps.exchange.gates.numbers import Rows
from apps.exchange.rounding import MAX_MICROS


def may_grow(order: Order) -> int:
    """Return 1 when the order may make a position larger or turn it: an open or a flip that is not reduce-only."""
    return 1 if order.kind == FLIP or (order.kind == OPEN and not order.reduce_only) else 0


def request_rows(order: Order, account: Account, held: Held, facts: Facts) -> Rows:
    """What every request must pass."""
    kind, is_open = order.kind, 1 if order.kind == OPEN else 0
    needs_position = kind not in (OPEN, CANCEL)
    side = 0 if held.size == 0 else 1 if held.size > 0 else -1
    against, along = side == -order.side, side == order.side
    reduces = kind in (CLOSE, REDUCE) or (is_open and against) or kind >= SET_STOP
    largest = max(order.size, order.notional, order.stop, order.target, order.hold_ms)
    return (
        (gate.NOTHING_TO_DO, OPEN, kind, CANCEL),
        (gate.TRADING_HALTED, ACTIVE, account.mode, REDUCING),
        (gate.ACCOUNT_NOT_TRADABLE, ACTIVE, account.status, REDUCING),
        (gate.INTENT_INVALID, 1, facts.is_consistent, 1),
        (gate.INTENT_INVALID, 1, is_complete(order), 1),
        (gate.AMOUNT_OUT_OF_RANGE, 0, largest, MAX_MICROS),
        (gate.NO_POSITION, 1, 1 if side or not needs_position else 0, 1),
        (gate.NO_TRIGGER, 1, facts.standing if kind == CANCEL else 1, MAX_MICROS),
        (gate.REDUCE_ONLY_WOULD_GROW, 1, 1 if reduces or not order.reduce_only else 0, 1),
        (gate.OPPOSITE_POSITION, 1, 0 if is_open and against and not order.reduce_only else 1, 1),
        (gate.FLIP_SAME_SIDE, 1, 0 if kind == FLIP and along else 1, 1),
    )


def is_complete(order: Order) -> int:
    """Return 1 when nothing is negative, size and notional exclude each other, and what the kind needs is there."""
    kind = order.kind
    least = min(order.size, order.notional, order.stop, order.trail_bps, order.target, order.hold_ms)
    if least < 0 or order.leverage < 1 or (order.size and order.notional) or (order.stop and order.trail_bps):
        return 0
    if kind in (OPEN, REDUCE):
        return 1 if order.size or order.notional else 0
    if kind == SET_STOP:
        return 1 if order.stop or order.trail_bps else 0
    if kind == SET_TARGET:
        return 1 if order.target else 0
    if kind == SET_EXIT:
        return 1 if order.hold_ms else 0
    return 1


def growth_rows(order: Order, account: Account, held: Held, market: Market, facts: Facts) -> Rows:
    """What an order must pass that may make a position larger."""
    terms, rules = market.terms, market.rules
    is_isolated = max(order.is_isolated, terms.only_isolated)
    adds = order.kind == OPEN and held.size != 0
    differs = held.is_isolated != is_isolated or (is_isolated == 1 and held.leverage != order.leverage)
    return (
        (gate.ONLY_REDUCING, ACTIVE, max(account.status, account.mode), ACTIVE),
        (gate.ASSET_NOT_ALLOWED, 1, facts.is_allowed, 1),
        (gate.ASSET_DELISTED, 0, terms.is_delisted, 0),
        (gate.MARGIN_MODE_MISMATCH, 1, 0 if adds and differs else 1, 1),
        (gate.LEVERAGE_ABOVE_POLICY, 1, order.leverage, rules.max_leverage),
        (gate.LEVERAGE_ABOVE_ASSET, 1, order.leverage, terms.max_leverage),
        (gate.TOO_MANY_ACTIONS, 1, account.actions + 1, rules.max_actions),
        (gate.COOLDOWN, rules.cooldown_ms, account.idle_ms, NEVER_MS),
    )
