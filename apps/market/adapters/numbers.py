"""Exact numbers out of source text: decimal strings to scaled integers, without float or Decimal."""

import re

from apps.core.errors import AdapterError, AdapterFault

HIGHEST_STORED = 2**63 - 1
HIGHEST_VOLUME = HIGHEST_STORED // 60
_PLAIN = re.compile(r"(-?)([0-9]{1,24})(?:\.([0-9]{1,40}))?", re.ASCII)


def scaled(text: object, decimals: int) -> int:
    """Return the decimal string times 10**decimals; digits beyond are rounded half-even.

    Venues send half ticks and binary noise, hence the rounding. Raises AdapterError unless the value
    is a string of plain ASCII digits: no exponent, sign +, blanks, underscores, NaN or infinity. Its fault is
    SCHEMA_DRIFT for what is no string at all.
    """
    if not isinstance(text, str):
        raise _drift(f"not a decimal string: {str(text)[:40]!r}")
    match = _PLAIN.fullmatch(text)
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


def within(text: object, decimals: int, *, low: int = 0, high: int = HIGHEST_STORED) -> int:
    """Return `scaled`, refusing with an AdapterError what lies outside the bounds; a column holds the default ones."""
    value = scaled(text, decimals)
    if not low <= value <= high:
        raise AdapterError(f"out of bounds: {str(text)[:40]!r}", transient=False)
    return value


def volume(text: object) -> int:
    """Return the volume of one candle in 1e-6 base units; an hour's minutes of such volumes can still be summed."""
    return within(text, 6, high=HIGHEST_VOLUME)


def positive(text: object, decimals: int) -> int:
    """Return `within`, refusing zero with an AdapterError."""
    value = within(text, decimals)
    if not value:
        raise AdapterError(f"not a positive number: {str(text)[:40]!r}", transient=False)
    return value


def whole(value: object, *, low: int = 0, high: int = 2**53) -> int:
    """Return a JSON integer within the bounds; booleans and anything else raise AdapterError, as SCHEMA_DRIFT."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _drift(f"not a whole number: {str(value)[:40]!r}")
    if not low <= value <= high:
        raise AdapterError(f"not a whole number in {low}..{high}: {str(value)[:40]!r}", transient=False)
    return value


def _drift(detail: str) -> AdapterError:
    return AdapterError(detail, transient=False, fault=AdapterFault.SCHEMA_DRIFT)
