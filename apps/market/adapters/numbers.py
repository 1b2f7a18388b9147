"""Exact numbers out of source text: decimal strings to scaled integers, without float or Decimal."""

import re

from apps.core.errors import AdapterError

_PLAIN = re.compile(r"(-?)([0-9]{1,24})(?:\.([0-9]{1,40}))?", re.ASCII)


def scaled(text: object, decimals: int) -> int:
    """Return the decimal string times 10**decimals; digits beyond are rounded half-even.

    Venues send half ticks and binary noise, hence the rounding. Raises AdapterError unless the value
    is a string of plain ASCII digits: no exponent, sign +, blanks, underscores, NaN or infinity.
    """
    match = _PLAIN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise AdapterError(f"not a plain decimal number: {str(text)[:40]!r}", transient=False)
    sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
    value = int(whole + fraction[:decimals].ljust(decimals, "0"))
    rest = fraction[decimals:]
    if rest:
        half = "5".ljust(len(rest), "0")
        if rest > half or (rest == half and value & 1):
            value += 1
    return -value if sign else value


def positive(text: object, decimals: int) -> int:
    """Return `scaled`, refusing zero and below with an AdapterError."""
    value = scaled(text, decimals)
    if value <= 0:
        raise AdapterError(f"not a positive number: {str(text)[:40]!r}", transient=False)
    return value


def whole(value: object, *, low: int = 0, high: int = 2**53) -> int:
    """Return a JSON integer within the bounds; booleans and anything else raise AdapterError."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise AdapterError(f"not a whole number in {low}..{high}: {str(value)[:40]!r}", transient=False)
    return value
