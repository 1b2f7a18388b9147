"""Fees: a rate on the notional of each fill, by fourteen-day volume."""

from apps.exchange.figures import Rules
from apps.exchange.rounding import RATE_SCALE, mul_div

MILLION = 10**12
TIERS = (
    (0, 4_500_000, 1_500_000),
    (5 * MILLION, 4_000_000, 1_200_000),
    (25 * MILLION, 3_500_000, 800_000),
    (100 * MILLION, 3_000_000, 400_000),
    (500 * MILLION, 2_800_000, 0),
    (2_000 * MILLION, 2_600_000, 0),
    (7_000 * MILLION, 2_400_000, 0),
)
"""Above this fourteen-day volume in micro-dollars, these taker and maker rates in 1e-10 (the venue's table).

Every order here takes, so the maker rates charge nobody; they stand beside the others as the venue prints them.
"""


def fee(notional_micros: int, rate_e10: int) -> int:
    """Return the fee of one fill in micro-dollars; one rounding."""
    return mul_div(notional_micros, rate_e10, RATE_SCALE)


def taker_rate_e10(volume_micros: int) -> int:
    """Return the venue's taker rate for a fourteen-day volume."""
    rate = TIERS[0][1]
    for above, taker, _ in TIERS:
        if volume_micros > above:
            rate = taker
    return rate


def maker_rate_e10(volume_micros: int) -> int:
    """Return the venue's maker rate for a fourteen-day volume."""
    rate = TIERS[0][2]
    for above, _, maker in TIERS:
        if volume_micros > above:
            rate = maker
    return rate


def charged_rate(volume: int, rules: Rules) -> int:
    """Return the rate that the account pays: the venue's tier, never above the policy's rate."""
    if rules.has_fee_tiers:
        return min(taker_rate_e10(volume), rules.taker_fee_rate)
    return rules.taker_fee_rate
