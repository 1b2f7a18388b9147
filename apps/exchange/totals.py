"""Sums over an account's positions, built one position at a time."""

from apps.exchange.figures import Held, Terms, Totals
from apps.exchange.rounding import mul_div
from apps.exchange.tiers import maintenance


def add_position(totals: Totals, held: Held, mark: int, terms: Terms) -> Totals:
    """Return the totals with one more position valued at its mark; a flat one changes nothing.

    Initial margin is notional / leverage, maintenance by tier; an isolated position counts under its own sums.
    """
    if held.size == 0:
        return totals
    value = mul_div(mark, held.size, terms.scale)
    size = abs(value)
    profit = value - held.cost
    required = maintenance(size, terms)
    is_cross = 1 - held.is_isolated
    return Totals(
        totals.held + 1,
        totals.unrealized + profit,
        totals.exposure + size,
        totals.net + value,
        totals.cross_unrealized + profit * is_cross,
        totals.initial + mul_div(size, is_cross, held.leverage),
        totals.maintenance + required * is_cross,
        totals.isolated_margin + held.margin,
        totals.isolated_maintenance + required * held.is_isolated,
    )


def equity(cash: int, totals: Totals) -> int:
    """Return cash plus all unrealized profit."""
    return cash + totals.unrealized


def cross_value(cash: int, totals: Totals) -> int:
    """Return what backs the cross positions: cash less isolated margins, plus the cross profit."""
    return cash - totals.isolated_margin + totals.cross_unrealized
