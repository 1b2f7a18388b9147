"""Margin tiers: the larger a position, the less leverage and the more maintenance margin.

Source: the venue's margin tiers. `rate_n = 1 / (2 * leverage_n)`, `deduction_0 = 0`,
`deduction_n = deduction_(n-1) + bound_n * (rate_n - rate_(n-1))`: the requirement has no jump at a bound.
"""

from collections.abc import Sequence

from apps.exchange.figures import Terms
from apps.exchange.rounding import mul_div


def deductions(bounds: Sequence[int], leverages: Sequence[int]) -> tuple[int, ...]:
    """Return each tier's maintenance deduction in micro-dollars; one rounding a tier."""
    result = [0]
    for index in range(1, len(bounds)):
        low, high = leverages[index], leverages[index - 1]
        result.append(result[-1] + mul_div(bounds[index], high - low, 2 * low * high))
    return tuple(result)


def tier_at(value: int, terms: Terms) -> int:
    """Return the number of the tier in which an unsigned notional lies; a bound belongs to the upper tier."""
    tier = 0
    for index in range(1, len(terms.bounds)):
        if value >= terms.bounds[index]:
            tier = index
    return tier


def maintenance(value: int, terms: Terms) -> int:
    """Return the maintenance margin of an unsigned notional: half its initial margin at the tier's leverage."""
    tier = tier_at(value, terms)
    return mul_div(value, 1, 2 * terms.leverages[tier]) - terms.cuts[tier]


def max_leverage(value: int, terms: Terms) -> int:
    """Return the highest leverage allowed for a position of this unsigned notional."""
    return min(terms.max_leverage, terms.leverages[tier_at(value, terms)])
