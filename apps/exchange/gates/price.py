"""The gates on prices: present, fresh, positive, near the oracle; a book that is in order."""

from apps.exchange.figures import Facts, Price, Rules
from apps.exchange.gates import numbers as gate
from apps.exchange.gates.numbers import Rows
from apps.exchange.precision import reach
from apps.exchange.rounding import MAX_MICROS


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
    """What else must be believable: the book that is walked and, for growth, the marks of all open positions."""
    return (
        (gate.BOOK_NOT_SANE, 1, facts.is_book_sane, 1),
        (gate.MARKS_MISSING, 1, facts.is_marked if grows else 1, 1),
    )
