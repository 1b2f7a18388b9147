"""The one rounding rule of the exchange: multiply, divide, round half to even, on plain integers."""

RATE_SCALE = 10**10
BPS_SCALE = 10_000
MAX_MICROS = 10**18
"""No amount of money, price or size in the exchange may be larger: both forms of the kernel are exact below it."""


def mul_divmod(a: int, b: int, c: int) -> tuple[int, int]:
    """Return quotient (rounded down) and remainder of a * b by c; `c` must be positive, the product is exact.

    The one primitive with a second body: `compiled` replaces it by a product of 128 bits.
    """
    return divmod(a * b, c)


def mul_div(a: int, b: int, c: int) -> int:
    """Return a * b / c rounded half to even. `c` must be positive; the product is exact."""
    quotient, remainder = mul_divmod(a, b, c)
    missing = c - remainder
    if remainder > missing or (remainder == missing and quotient & 1):
        return quotient + 1
    return quotient


def mul_floor(a: int, b: int, c: int) -> int:
    """Return a * b / c rounded down."""
    return mul_divmod(a, b, c)[0]


def mul_ceil(a: int, b: int, c: int) -> int:
    """Return a * b / c rounded up."""
    quotient, remainder = mul_divmod(a, b, c)
    return quotient + 1 if remainder else quotient


def mul_mul_div(a: int, b: int, factor: int, c: int, scale: int) -> int:
    """Return a * b * factor / (c * scale) rounded half to even once; `c * scale` and `c * factor` stay below 2**62.

    a * b = whole * c + rest, and whole * factor = result * scale + left: what remains is below c * scale.
    """
    whole, rest = mul_divmod(a, b, c)
    result, left = mul_divmod(whole, factor, scale)
    carried, remainder = mul_divmod(left * c + rest * factor, 1, c * scale)
    result += carried
    missing = c * scale - remainder
    if remainder > missing or (remainder == missing and result & 1):
        return result + 1
    return result


def notional(price_micros: int, size_lots: int, size_decimals: int) -> int:
    """Return the value in micro-dollars of a (signed) size at a price; one rounding."""
    return mul_div(price_micros, size_lots, 10**size_decimals)
