"""The one rounding rule of the exchange: multiply, divide, round half to even, on plain integers."""

RATE_SCALE = 10**10
BPS_SCALE = 10_000
MAX_MICROS = 10**18
"""No amount of money, price or size in the exchange may be larger: both forms of the kernel are exact below it."""


def mul_div(a: int, b: int, c: int) -> int:
    """Return a * b / c rounded half to even. `c` must be positive; the product is exact."""
    quotient, remainder = divmod(a * b, c)
    twice = 2 * remainder
    if twice > c or (twice == c and quotient & 1):
        return quotient + 1
    return quotient


def notional(price_micros: int, size_lots: int, size_decimals: int) -> int:
    """Return the value in micro-dollars of a (signed) size at a price; one rounding."""
    return mul_div(price_micros, size_lots, 10**size_decimals)
