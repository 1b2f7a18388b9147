"""The gates on standing exits: a stop on the losing side of the mark, a target on the winning one."""

from apps.exchange.figures import Order, Terms
from apps.exchange.gates import numbers as gate
from apps.exchange.gates.numbers import Row, Rows
from apps.exchange.precision import nearest_price
from apps.exchange.rounding import BPS_SCALE, MAX_MICROS


def exit_rows(order: Order, side: int, mark: int, terms: Terms) -> Rows:
    """What the asked exits of a position of this side must pass; levels are rounded to the tick once."""
    return (
        level_row(order.stop, -side, mark, terms),
        (gate.TRIGGER_PRICE_INVALID, 0, order.trail_bps, BPS_SCALE - 1),
        level_row(order.target, side, mark, terms),
    )


def level_row(level: int, above: int, mark: int, terms: Terms) -> Row:
    """The row of one level, which must lie above the mark (1) or below it (-1); 0 was not asked for."""
    if level == 0:
        return (gate.TRIGGER_PRICE_INVALID, 0, 0, 0)
    rounded = nearest_price(level, terms.size_decimals)
    if above > 0:
        return (gate.TRIGGER_PRICE_INVALID, mark + 1, rounded, MAX_MICROS)
    return (gate.TRIGGER_PRICE_INVALID, 1, rounded, mark - 1)
