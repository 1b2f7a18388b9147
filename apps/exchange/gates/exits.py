"""The gates on standing exits: a stop on the losing side of the mark, a target on the winning one."""

from apps.exchange.figures import Order, Terms
from apps.exchange.gates import numbers as gate
from apps.exchange.gates.numbers import Rows
from apps.exchange.precision import nearest_price
from apps.exchange.rounding import BPS_SCALE
from apps.exchange.triggers import STOP, TARGET, TRAILING, level_is_valid, trailing_level


def exit_rows(order: Order, side: int, mark: int, terms: Terms) -> Rows:
    """What the asked exits of a position of this side must pass; levels are rounded to the tick once."""
    decimals = terms.size_decimals
    stop, target = nearest_price(order.stop, decimals), nearest_price(order.target, decimals)
    trailing = trailing_level(side, mark, order.trail_bps, decimals)
    is_behind = level_is_valid(TRAILING, side, mark, trailing)
    return (
        (gate.TRIGGER_PRICE_INVALID, 1, level_is_valid(STOP, side, mark, stop) if order.stop else 1, 1),
        (gate.TRIGGER_PRICE_INVALID, 0, order.trail_bps, BPS_SCALE - 1),
        (gate.TRIGGER_PRICE_INVALID, 1, is_behind if order.trail_bps else 1, 1),
        (gate.TRIGGER_PRICE_INVALID, 1, level_is_valid(TARGET, side, mark, target) if order.target else 1, 1),
    )
