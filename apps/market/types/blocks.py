"""Candles as bare numbers: one row, and a day of rows as the columns of a block."""

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from apps.core.moments import EPOCH, from_ms

COLUMNS_COUNT = 7
DAY = timedelta(days=1)
_WIDTH = 8


class CandleRow(NamedTuple):
    """One candle ready to be written, of the asset with that key; `knowable_us` is in microseconds since 1970."""

    asset_id: int
    interval_ms: int
    open_ms: int
    open_micros: int
    high_micros: int
    low_micros: int
    close_micros: int
    volume_micros: int
    source: str
    knowable_us: int

    @property
    def open_at(self) -> datetime:
        """When it opened."""
        return from_ms(self.open_ms)

    @property
    def close_at(self) -> datetime:
        """When it closed."""
        return from_ms(self.open_ms + self.interval_ms)

    @property
    def knowable_at(self) -> datetime:
        """When its values became known."""
        return from_us(self.knowable_us)


class DayKey(NamedTuple):
    """One UTC day of one asset's candles of one length."""

    asset_id: int
    interval_ms: int
    day_date: date


def from_us(microseconds: int) -> datetime:
    """The aware UTC time of whole microseconds."""
    return EPOCH + timedelta(microseconds=microseconds)


def day_start(day: date) -> datetime:
    """The first moment of a UTC day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def pack(rows: Sequence[CandleRow]) -> bytes:
    """Return a day of ascending rows as little-endian int64 columns: open time, prices, volume, knowable time."""
    columns = [
        array("q", [row.open_ms for row in rows]),
        array("q", [row.open_micros for row in rows]),
        array("q", [row.high_micros for row in rows]),
        array("q", [row.low_micros for row in rows]),
        array("q", [row.close_micros for row in rows]),
        array("q", [row.volume_micros for row in rows]),
        array("q", [row.knowable_us for row in rows]),
    ]
    if sys.byteorder == "big":
        for column in columns:
            column.byteswap()
    return b"".join(column.tobytes() for column in columns)


def unpack(key: DayKey, source: str, body: bytes) -> Iterator[CandleRow]:
    """Yield the rows of a block's body, ascending."""
    count = len(body) // (_WIDTH * COLUMNS_COUNT)
    numbers = array("q")
    numbers.frombytes(body)
    if sys.byteorder == "big":
        numbers.byteswap()
    columns: Iterable[array[int]] = [
        numbers[place * count : (place + 1) * count] for place in range(COLUMNS_COUNT)
    ]
    for open_ms, open_, high, low, close, volume, known in zip(*columns, strict=True):
        yield CandleRow(
            key.asset_id, key.interval_ms, open_ms, open_, high, low, close, volume, source, known
        )
