"""The venue's lots and ticks: five significant figures, six minus size decimals, whole dollars always."""

from apps.exchange.rounding import BPS_SCALE, mul_div, mul_floor

PRICE_DECIMALS = 6
DOLLAR = 10**PRICE_DECIMALS
FIRST_SIX_FIGURES = 100_000
MARKET_ORDER_LIMITS = (
    (25, 30_000_000 * DOLLAR),
    (20, 5_000_000 * DOLLAR),
    (10, 2_000_000 * DOLLAR),
    (0, 500_000 * DOLLAR),
)
"""From this maximum leverage upwards, the largest market order in micro-dollars (the venue's table)."""


def tick(price_micros: int, size_decimals: int) -> int:
    """Return the smallest step, in micro-dollars, that a price of this height may move by."""
    step = 1
    while step < DOLLAR and price_micros >= FIRST_SIX_FIGURES * step:
        step *= 10
    finest = 10 ** min(size_decimals, PRICE_DECIMALS)
    return step if step > finest else finest


def is_valid_price(price_micros: int, size_decimals: int) -> bool:
    """Tell whether the venue would accept the price."""
    return price_micros > 0 and price_micros % tick(price_micros, size_decimals) == 0


def round_price(price_micros: int, side: int, size_decimals: int) -> int:
    """Round to the tick against the trader: up for a buyer (+1), down for a seller (-1), never to zero."""
    step = tick(price_micros, size_decimals)
    if side > 0:
        return -(-price_micros // step) * step
    return max(price_micros // step, 1) * step


def nearest_price(price_micros: int, size_decimals: int) -> int:
    """Round to the nearest tick, half to even: how a level that somebody asked for becomes a price."""
    step = tick(price_micros, size_decimals)
    return mul_div(price_micros, 1, step) * step


def lots_for_notional(notional_micros: int, price_micros: int, size_decimals: int) -> int:
    """Return the most lots whose value at the price does not exceed the notional; the price is positive."""
    return mul_floor(notional_micros, 10**size_decimals, price_micros)


def max_market_order_micros(max_leverage: int) -> int:
    """Return the largest market order, in micro-dollars, for an asset's leverage class."""
    limit = 0
    for least_leverage, micros in MARKET_ORDER_LIMITS:
        if limit == 0 and max_leverage >= least_leverage:
            limit = micros
    return limit


def reach(reference_micros: int, bps: int) -> int:
    """Return how far a price may be from a reference to be at most `bps` away: the largest whole distance."""
    return mul_floor(reference_micros, bps, BPS_SCALE)


def is_within_bps(price_micros: int, reference_micros: int, bps: int) -> bool:
    """Tell whether a price is at most `bps` away from a reference."""
    return abs(price_micros - reference_micros) <= reach(reference_micros, bps)
