"""Taker fees: a rate on the notional of each fill, by fourteen-day volume."""

from apps.exchange.rounding import RATE_SCALE, mul_div

MILLION = 10**12
# above this fourteen-day volume in micro-dollars, this taker rate in 1e-10
TAKER_TIERS = (
    (0, 4_500_000),
    (5 * MILLION, 4_000_000),
    (25 * MILLION, 3_500_000),
    (100 * MILLION, 3_000_000),
    (500 * MILLION, 2_800_000),
    (2_000 * MILLION, 2_600_000),
    (7_000 * MILLION, 2_400_000),
)


def fee(notional_micros: int, rate_e10: int) -> int:
    """Return the fee of one fill in micro-dollars; one rounding."""
    return mul_div(notional_micros, rate_e10, RATE_SCALE)


def taker_rate_e10(volume_micros: int) -> int:
    """Return the venue's taker rate for a fourteen-day volume."""
    rate = TAKER_TIERS[0][1]
    for above, tier_rate in TAKER_TIERS[1:]:
        if volume_micros > above:
            rate = tier_rate
    return rate
