"""The gates on prices: present, fresh, positive, near the oracle; a book in order, a margin that is not spent."""

from apps.exchange.figures import Account, Facts, Held, Market, Price, Rules
from apps.exchange.gates import numbers as gate
from apps.exchange.gates.numbers import Rows
from apps.exchange.margin import is_cross_breached, is_isolated_breached
from apps.exchange.precision import reach
from apps.exchange.rounding import MAX_MICROS
from apps.exchange.totals import add_position


def price_rows(price: Price, rules: Rules) -> Rows:
    """What a price must pass to be traded or valued at; a price with a fault is refused with its number."""
    away = reach(price.oracle, rules.max_price_deviation_bps)
    low, high = price.oracle - away, price.oracle + away
    return (
        (price.fault, 0, price.fault, 0),
        (gate.PRICE_STALE, 0, price.age_ms, rules.max_price_age_ms),
        (gate.PRICE_NOT_SANE, 1, price.oracle, MAX_MICROS),
        (gate.PRICE_NOT_SANE, 1, price.mark, MAX_MICROS),
        (gate.PRICE_NOT_SANE, 1, price.mid, MAX_MICROS),
        (gate.PRICE_NOT_SANE, low, price.mark, high),
        (gate.PRICE_NOT_SANE, low, price.mid, high),
    )


def surroundings_rows(facts: Facts, grows: int) -> Rows:
    """What else must be believable for growth: the book that is walked and the marks of all open positions.

    An order that shrinks a position leaves a corrupt book aside.
    """
    return (
        (gate.BOOK_NOT_SANE, 1, facts.is_book_sane if grows else 1, 1),
        (gate.MARKS_MISSING, 1, facts.is_marked if grows else 1, 1),
    )


def margin_rows(account: Account, held: Held, market: Market, facts: Facts) -> Rows:
    """What stands behind an account that trades: nobody fills an order beside a liquidation that is due.

    Asked of the isolated position in question and of the cross side; the latter cannot be told, and liquidates
    nothing, while another position has no believable price.
    """
    mark, terms = market.price.mark, market.terms
    totals = add_position(account.others, held, mark, terms)
    is_due = is_cross_breached(account.cash, totals) if facts.is_marked else 0
    return (
        (gate.LIQUIDATION_DUE, 0, is_isolated_breached(held, mark, terms), 0),
        (gate.LIQUIDATION_DUE, 0, is_due, 0),
    )
