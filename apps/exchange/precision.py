"""The venue's lots and ticks: five significant figures, six minus size decimals, whole dollars always."""

from apps.exchange.rounding import BPS_SCALE

PRICE_DECIMALS = 6
DOLLAR = 10**PRICE_DECIMALS
FIRST_SIX_FIGURES = 100_000


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


def lots_for_notional(notional_micros: int, price_micros: int, size_decimals: int) -> int:
    """Return the most lots whose value at the price does not exceed the notional; the price is positive."""
    return notional_micros * 10**size_decimals // price_micros


def max_market_order_micros(max_leverage: int) -> int:
    """Return the largest market order, in micro-dollars, for an asset's leverage class."""
    for least_leverage, limit_dollars in ((25, 30_000_000), (20, 5_000_000), (10, 2_000_000)):
        if max_leverage >= least_leverage:
            return limit_dollars * DOLLAR
    return 500_000 * DOLLAR


def is_within_bps(price_micros: int, reference_micros: int, bps: int) -> bool:
    """Tell whether a price is at most `bps` away from a reference."""
    return abs(price_micros - reference_micros) * BPS_SCALE <= bps * reference_micros
