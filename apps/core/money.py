"""Exact conversion between integer minor units and the decimal text people and the wire use."""

import re
from collections.abc import Sequence

from apps.core.errors import InvalidInput

_CENT = 10_000
MICRO_DECIMALS = 6
_DECIMAL = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,18}))?", re.ASCII)


def scaled_text(value: int, decimals: int, *, least: int = 0) -> str:
    """`value` * 10**-decimals as exact decimal text with at least `least` decimals and no needless zeros
    beyond.
    """
    sign = "-" if value < 0 else ""
    whole, part = divmod(abs(value), 10**decimals)
    fraction = str(part).rjust(decimals, "0") if decimals else ""
    fraction = fraction.rstrip("0").ljust(least, "0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def dollars(micros: int) -> str:
    """Micro-dollars as dollar text with at least two decimals: 1234560000 is "1234.56"."""
    return scaled_text(micros, MICRO_DECIMALS, least=2)


def parse_scaled(text: str, decimals: int) -> int:
    """Decimal text as an integer count of 10**-decimals.

    Raises InvalidInput for anything but ASCII digits with an optional sign and point, or more decimals
    than fit exactly.
    """
    match = _DECIMAL.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InvalidInput("This is not a plain decimal number.", code="NUMBER_INVALID")
    sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
    kept = fraction.rstrip("0")
    if len(kept) > decimals:
        raise InvalidInput(f"This number has more than {decimals} decimals.", code="NUMBER_INVALID")
    value = int(whole) * 10**decimals + int(kept.ljust(decimals, "0") or "0")
    return -value if sign else value


def parse_micros(text: str) -> int:
    """Dollar text as micro-dollars; raises InvalidInput as `parse_scaled` does."""
    return parse_scaled(text, MICRO_DECIMALS)


def whole_cents(micros: int) -> int:
    """Micro-dollars cut to whole cents toward zero, as pages show an amount."""
    cents = abs(micros) // _CENT
    return -cents if micros < 0 else cents


def cents_adding_up(amounts: Sequence[int], *, total: int) -> list[int]:
    """Micro-dollar amounts as whole cents whose sum is `total` cents: floors, and one more for the largest remainders.

    `total` is the sum of the amounts give or take a cent, as a page shows it.
    """
    shown = [amount // _CENT for amount in amounts]
    missing = max(0, total - sum(shown))
    ranked = sorted(range(len(amounts)), key=lambda place: -(amounts[place] % _CENT))
    for place in ranked[:missing]:
        shown[place] += 1
    return shown
