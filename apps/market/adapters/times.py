"""Times out of source numbers: seconds, milliseconds, micro- or nanoseconds, told apart by their size."""

from apps.core.errors import AdapterError
from apps.market.adapters.numbers import whole

FUTURE_MS = 60_000
"""What lies farther ahead of our clock is no time that anything was recorded at."""
_FIRST_SECOND, _LAST_SECOND = 10**9, 10**10  # 2001 to 2286: no unit's range overlaps another's
_UNITS = ((1, 1_000, 1), (10**3, 1, 1), (10**6, 1, 10**3), (10**9, 1, 10**6))
"""Per second of the unit; then milliseconds are times / over."""


def epoch_ms(value: object, *, now_ms: int | None = None) -> int:
    """Return milliseconds since 1970, whatever unit the whole number is in.

    Raises AdapterError for anything else, a time before 2001, and one more than a minute after `now_ms`.
    """
    number = whole(value, high=10**19)
    for per_second, times, over in _UNITS:
        if _FIRST_SECOND * per_second <= number < _LAST_SECOND * per_second:
            at_ms = number * times // over
            if now_ms is not None and at_ms > now_ms + FUTURE_MS:
                raise AdapterError(f"a time {(at_ms - now_ms) // 1_000} s in the future", transient=False)
            return at_ms
    raise AdapterError(f"not a time of our days: {number}", transient=False)
