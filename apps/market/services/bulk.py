"""Candles past the ORM: inserting and correcting whole batches by set, the one place that writes SQL for speed.

SQLite takes prepared statements of a hundred rows: for each statement it looks after the sequence of the primary
key again, which costs as much as a row. PostgreSQL takes a COPY into a stage and one INSERT out of it.
Every value of a row is checked before it comes here, and the constraints of the table check it again.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice

from django.db import connection

from apps.core.moments import to_ms
from apps.market.models import Candle, CandleRevision
from apps.market.types.blocks import CandleRow, from_us

_TABLE = Candle._meta.db_table
_STAGE = "market_candle_stage"
_NAMES = (
    "asset_id",
    "interval_ms",
    "open_at",
    "open_micros",
    "high_micros",
    "low_micros",
    "close_micros",
    "volume_micros",
    "source",
    "knowable_at",
)
_COLUMNS = ", ".join(_NAMES)
_VALUES = _NAMES[3:8]
_MARKS = f"({', '.join('?' * len(_NAMES))})"
_PREPARED_ROWS = 100
_COPIED_AT_ONCE = 5_000
_COUNTED = "COALESCE(c.revised_at, c.knowable_at)"
"""Since when the present values count."""
_DIFFERENT = (
    "c.asset_id = s.asset_id AND c.interval_ms = s.interval_ms AND c.open_at = s.open_at"
    f" AND ({' OR '.join(f'c.{name} <> s.{name}' for name in _VALUES)})"
)

_LOCKED = " FOR UPDATE OF c"
"""Of two who correct the same candle, the second waits and then finds it corrected."""

CandleKey = tuple[int, int, int]
"""Asset key, interval and open time, both in ms."""


def insert_candles(rows: Sequence[CandleRow]) -> int:
    """Insert the candles that are not there yet and leave the others alone; return how many were inserted."""
    if connection.vendor != "postgresql":
        return _insert_prepared(_TABLE, rows)
    stage_candles(rows)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_TABLE} ({_COLUMNS}) SELECT {_COLUMNS} FROM {_STAGE} ON CONFLICT DO NOTHING"
        )
        return int(cursor.rowcount)


def _insert_prepared(table: str, rows: Sequence[CandleRow]) -> int:
    """SQLite's way, on the driver's own connection: its wrapper would rewrite the statement every time."""
    head = f"INSERT INTO {table} ({_COLUMNS}) VALUES "
    ready, inserted = _ready(rows, ""), 0
    with connection.wrap_database_errors:
        while part := list(islice(ready, _PREPARED_ROWS)):
            statement = f"{head}{', '.join([_MARKS] * len(part))} ON CONFLICT DO NOTHING"
            inserted += connection.connection.execute(statement, list(chain.from_iterable(part))).rowcount
    return inserted


def stage_candles(rows: Sequence[CandleRow]) -> None:
    """Put rows, at most one per key, beside the table for the rest of this transaction."""
    shape = f"SELECT {_COLUMNS} FROM {_TABLE}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS {_STAGE} ON COMMIT DELETE ROWS AS {shape} WITH NO DATA"
            )
            cursor.execute(f"DELETE FROM {_STAGE}")
            lines = ("\t".join(map(str, row)) for row in _ready(rows, "+00"))
            with (
                connection.wrap_database_errors,
                cursor.copy(f"COPY {_STAGE} ({_COLUMNS}) FROM STDIN") as copy,
            ):
                while part := list(islice(lines, _COPIED_AT_ONCE)):
                    copy.write("\n".join(part) + "\n")
        else:
            cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {_STAGE} AS {shape} WHERE 0")
            cursor.execute(f"DELETE FROM {_STAGE}")
            _insert_prepared(_STAGE, rows)


def revise_staged(*, now: datetime) -> list[CandleKey]:
    """Give stored candles the staged values that differ, and keep the earlier ones as revisions until `now`.

    Values that had not begun to count by `now` are replaced without a trace of their own. Returns what changed.
    """
    moment = connection.ops.adapt_datetimefield_value(now)
    kept = f"asset_id, interval_ms, open_at, {', '.join(_VALUES)}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.asset_id, c.interval_ms, c.open_at FROM {_STAGE} s JOIN {_TABLE} c ON {_DIFFERENT}"
            f" ORDER BY 1, 2, 3{_LOCKED if connection.vendor == 'postgresql' else ''}"
        )
        changed = [(asset, length, to_ms(_aware(at))) for asset, length, at in cursor.fetchall()]
        if not changed:
            return []
        cursor.execute(
            f"INSERT INTO {CandleRevision._meta.db_table} ({kept}, knowable_at, superseded_at)"
            f" SELECT {', '.join(f'c.{name.strip()}' for name in kept.split(','))}, {_COUNTED}, {_moment()}"
            f" FROM {_STAGE} s JOIN {_TABLE} c ON {_DIFFERENT} WHERE {_COUNTED} < {_moment()}",
            [moment, moment],
        )
        cursor.execute(
            f"UPDATE {_TABLE} AS c SET {', '.join(f'{name} = s.{name}' for name in _VALUES)},"
            f" revised_at = CASE WHEN {_COUNTED} < {_moment()} THEN {_moment()} ELSE c.revised_at END"
            f" FROM {_STAGE} s WHERE {_DIFFERENT}",
            [moment, moment],
        )
    return changed


def _moment() -> str:
    return "%s::timestamptz" if connection.vendor == "postgresql" else "%s"


def _aware(value: datetime) -> datetime:
    """Times come bare from SQLite and aware from PostgreSQL, in UTC from both."""
    return value.replace(tzinfo=UTC)


def _ready(rows: Sequence[CandleRow], zone: str) -> Iterator[tuple[object, ...]]:
    """The rows as the driver takes them; each distinct time is put into words once."""
    words: dict[int, str] = {}
    for asset, length, open_ms, open_, high, low, close, volume, source, known in rows:
        opened = words.get(open_ms * 1000)
        if opened is None:
            opened = words[open_ms * 1000] = _in_words(open_ms * 1000, zone)
        knowable = words.get(known)
        if knowable is None:
            knowable = words[known] = _in_words(known, zone)
        yield asset, length, opened, open_, high, low, close, volume, source, knowable


def _in_words(microseconds: int, zone: str) -> str:
    """A time as Django itself stores it on this database."""
    return f"{from_us(microseconds).replace(tzinfo=None)}{zone}"
