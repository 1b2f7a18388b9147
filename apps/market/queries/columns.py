"""Long stretches of candles as numpy columns, for replays: read out of day blocks at the speed of memory.

Not part of `queries` itself, because numpy takes its time to import: whoever replays imports this module.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from numpy.typing import NDArray
from psycopg import Cursor

from apps.core.moments import from_ms, to_micros, to_ms
from apps.market.models import Candle, CandleBlock
from apps.market.queries.registry import get_asset
from apps.market.queries.revisions import Revisions
from apps.market.types import CandleValue, interval
from apps.market.types.blocks import COLUMNS_COUNT, DAY, day_start

Numbers = NDArray[np.int64]
_MICROSECOND = timedelta(microseconds=1)
_HOT = ("open_at", "open_micros", "high_micros", "low_micros", "close_micros", "volume_micros", "knowable_at")
_FIRST_VALUE, _LAST_VALUE, _KNOWN = 1, 5, 6


@dataclass(frozen=True, slots=True)
class Columns:
    """Candles as columns of equal length, ascending; prices in micro-dollars, volume in 1e-6 base units.

    Nobody may use a candle before its `knowable_ms`, which is rounded up.
    """

    open_ms: Numbers
    open: Numbers
    high: Numbers
    low: Numbers
    close: Numbers
    volume: Numbers
    knowable_ms: Numbers

    def __len__(self) -> int:
        """How many candles."""
        return len(self.open_ms)


def read_columns(symbol: str, *, interval_ms: int, start: datetime, end: datetime, at: datetime) -> Columns:
    """Return candles that opened in [start, end) and closed by `end`, as they counted at `at`.

    The same candles with the same values as `bars_in` gives. Raises NotFound for an unknown symbol.
    """
    asset_id = get_asset(symbol).pk
    last = end - interval(interval_ms)
    blocks = CandleBlock.objects.filter(
        asset_id=asset_id, interval_ms=interval_ms, day_date__gte=start.date(), day_date__lte=last.date()
    )
    rows = Candle.objects.filter(asset_id=asset_id, interval_ms=interval_ms)
    days: list[date] | None = None
    while days != (days := list(blocks.order_by("day_date").values_list("day_date", flat=True))):
        # A day that is rolled up between the reads would be missed by both: they are made again until none was.
        pieces = _pieces(blocks, rows, start, last, at)
    return _columns(symbol, interval_ms, _cut(pieces, start, last), at)


def _pieces(
    blocks: QuerySet[CandleBlock],
    rows: QuerySet[Candle],
    start: datetime,
    last: datetime,
    at: datetime,
) -> list[Numbers]:
    """What opened from `start` to `last`, of blocks where there are, else of rows."""
    pieces: list[Numbers] = []
    missing_from = start
    for day, body, known in _bodies(blocks.order_by("day_date")):
        if missing_from < day_start(day):
            pieces.append(_hot(rows, missing_from, day_start(day), at))
        numbers: Numbers = np.frombuffer(body, dtype="<i8").reshape(COLUMNS_COUNT, -1)
        pieces.append(numbers if known <= at else numbers[:, numbers[_KNOWN] <= to_micros(at)])
        missing_from = day_start(day) + DAY
    if missing_from <= last:
        pieces.append(_hot(rows, missing_from, last + _MICROSECOND, at))
    return pieces


def _bodies(blocks: QuerySet[CandleBlock]) -> Iterable[tuple[date, Any, datetime]]:
    """Day, body and knowable time; PostgreSQL is asked for bytes, it would send bodies in words."""
    rows = blocks.values_list("day_date", "body", "knowable_at")
    if connection.vendor != "postgresql":
        return rows
    text, values = rows.query.sql_with_params()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        found: list[tuple[date, Any, datetime]] = (
            Cursor(connection.connection).execute(text, values, binary=True).fetchall()
        )
    return found


def _hot(rows: QuerySet[Candle], start: datetime, end: datetime, at: datetime) -> Numbers:
    """The rows that opened in [start, end) and were known at `at`."""
    known_rows = rows.filter(open_at__gte=start, open_at__lt=end, knowable_at__lte=at).order_by("open_at")
    values_of = known_rows.values_list(*_HOT)
    table = [(to_ms(opened), *values, to_micros(known)) for opened, *values, known in values_of]
    return np.array(table, dtype=np.int64).reshape(-1, COLUMNS_COUNT).T


def _cut(pieces: list[Numbers], start: datetime, last: datetime) -> Numbers:
    """The pieces side by side, without what opened before `start` or after `last`."""
    if not pieces:
        return np.empty((COLUMNS_COUNT, 0), dtype=np.int64)
    joined: Numbers = np.concatenate(pieces, axis=1, dtype=np.int64)
    first_ms = -(-to_micros(start) // 1000)
    begin, stop = np.searchsorted(joined[0], [first_ms, to_ms(last) + 1])
    return joined[:, begin:stop]


def _columns(symbol: str, interval_ms: int, joined: Numbers, at: datetime) -> Columns:
    if joined.shape[1]:
        _count_revisions(symbol, interval_ms, joined, at)
    known = joined[_KNOWN]
    known += 999
    known //= 1000
    return Columns(*joined)


def _count_revisions(symbol: str, interval_ms: int, joined: Numbers, at: datetime) -> None:
    """Put the values that counted at `at` in the place of later ones."""
    first, last = from_ms(int(joined[0, 0])), from_ms(int(joined[0, -1]))
    revisions = Revisions([symbol], interval_ms=interval_ms, first=first, last=last)
    for open_at in revisions.opens(symbol):
        place = int(np.searchsorted(joined[0], to_ms(open_at)))
        if place == joined.shape[1] or joined[0, place] != to_ms(open_at):
            continue
        earlier = revisions.counted(symbol, open_at, at=at)
        if earlier is not None:
            joined[_FIRST_VALUE : _LAST_VALUE + 1, place] = _numbers(earlier)
        since = earlier.knowable_at if earlier else revisions.replaced_at(symbol, open_at)
        joined[_KNOWN, place] = to_micros(since) if since else joined[_KNOWN, place]


def _numbers(value: CandleValue) -> tuple[int, ...]:
    prices = (value.open_micros, value.high_micros, value.low_micros, value.close_micros)
    return (*prices, value.volume_micros)
