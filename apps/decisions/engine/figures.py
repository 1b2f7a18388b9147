"""Whole numbers as people write them: exact decimals, nothing rounded, the unit always named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ((3_600_000, "h"), (60_000, "min"), (1_000, "s"))
UNKNOWN = "unknown"


def decimal(value: int, places: int, least: int = 0) -> str:
    """The number `value / 10**places` in full, with at least `least` decimals and no needless zeros."""
    digits = f"{abs(value):0{places + 1}d}"
    whole, rest = (digits[:-places], digits[-places:]) if places else (digits, "")
    rest = rest.rstrip("0").ljust(least, "0")
    return f"{'-' if value < 0 else ''}{whole}{'.' if rest else ''}{rest}"


def price(micros: int | None) -> str:
    """Micro-dollars as bare dollars, for a column whose head names the unit."""
    return UNKNOWN if micros is None else decimal(micros, 6, 2)


def dollars(micros: int | None) -> str:
    """Micro-dollars as dollars."""
    return UNKNOWN if micros is None else f"{price(micros)} USD"


def nano_dollars(nanos: int | None) -> str:
    """Billionths of a dollar as dollars."""
    return UNKNOWN if nanos is None else f"{decimal(nanos, 9, 2)} USD"


def percent(value: int | None, places: int) -> str:
    """A share whose unit is `10**-places` percent: 2 for basis points, 4 for millionths, 8 for 1e-10."""
    return UNKNOWN if value is None else f"{decimal(value, places)} %"


def moment(ms: int) -> str:
    """Milliseconds of the epoch as a UTC time, to the millisecond where it has any."""
    at = _EPOCH + timedelta(milliseconds=ms)
    return f"{at:%Y-%m-%dT%H:%M:%S}{f'.{ms % 1_000:03d}' if ms % 1_000 else ''}Z"


def duration(ms: int) -> str:
    """Milliseconds in the largest unit that they fill exactly."""
    for length, name in _UNITS:
        if ms and ms % length == 0:
            return f"{ms // length} {name}"
    return f"{decimal(ms, 3)} s"
