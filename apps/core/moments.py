"""Moments as whole numbers since 1970 and back, exactly: no float between a time and its digits."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Whole milliseconds of an aware time, rounded down."""
    return (at - EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC time of whole milliseconds."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def to_micros(at: datetime) -> int:
    """Whole microseconds of an aware time."""
    return (at - EPOCH) // _MICROSECOND


@lru_cache(maxsize=4096)
def read_moment(text: str) -> datetime:
    """The time that a database wrote as text (`CAST(... AS text)`), in UTC: SQLite names no zone, PostgreSQL this one.

    Kept, because the rows of many assets carry the same times.
    """
    return datetime.fromisoformat(text if text.endswith("+00") else f"{text}Z")
