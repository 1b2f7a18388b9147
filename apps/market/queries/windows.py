"""The last candles of many assets as columns, in one read, and kept in the process while they are the newest.

The read goes past the ORM: two thousand rows become integers and texts, and only a few of the times are parsed. A kept
window is found again by what identifies its content: candles are only ever added, or corrected with a later `revised_at`.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from threading import Lock
from typing import Any, NamedTuple

from django.db import connection

from apps.core.moments import to_ms
from apps.market.models import CandleRevision
from apps.market.types import CandleWindow, interval

KEPT_WINDOWS = 512
_PRICES = ("open_micros", "high_micros", "low_micros", "close_micros", "volume_micros")
_LAST = f"""
    SELECT asset_id, open_at, {", ".join(_PRICES)}, knowable_at, revised_at FROM market_candle
    WHERE asset_id = %s AND interval_ms = %s AND open_at <= %s AND knowable_at <= %s
    ORDER BY open_at DESC LIMIT %s
"""
_ROWS = f"""
    SELECT asset_id, CAST(open_at AS text), {", ".join(_PRICES)},
        CAST(knowable_at AS text), CAST(revised_at AS text)
    FROM ({_LAST}) AS last
"""
_MARKS = f"""
    SELECT MAX(asset_id), CAST(MIN(open_at) AS text), CAST(MAX(open_at) AS text), COUNT(*),
        CAST(MAX(knowable_at) AS text), CAST(MAX(revised_at) AS text)
    FROM ({_LAST}) AS last
"""
_OPEN, _KNOWABLE, _REVISED = 1, 7, 8


class _Mark(NamedTuple):
    """What tells the content of a window; times as the database writes them."""

    asset_id: int
    first: str
    last: str
    rows_count: int
    knowable: str
    revised: str | None


_kept: OrderedDict[tuple[int, int, int], tuple[_Mark, CandleWindow]] = OrderedDict()
_lock = Lock()


def forget() -> None:
    """Drop every kept window: for tests, whose databases begin anew."""
    with _lock:
        _kept.clear()


def read_windows(
    assets: Mapping[str, int], *, interval_ms: int, at: datetime, limit: int
) -> dict[str, CandleWindow]:
    """Return the last `limit` closed candles knowable at `at` of each asset (symbol -> key) that has any.

    A missing candle is not made up: the window reaches further back. What this process read before costs one read of
    its marks, and one more for the assets of which something is new.
    """
    found: dict[str, CandleWindow] = {}
    symbols = {key: symbol for symbol, key in assets.items()}
    known = [key for key in symbols if (key, interval_ms, limit) in _kept]
    for row in _fetch(_MARKS, known, interval_ms, at, limit):
        window = _find(row, interval_ms, at, limit)
        if window is not None:
            found[symbols.pop(row[0])] = window
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in _fetch(_ROWS, list(symbols), interval_ms, at, limit):
        groups[row[0]].append(row)
    for key, rows in groups.items():
        rows.sort(key=itemgetter(_OPEN))
        window = _build(symbols[key], rows, interval_ms, at, limit)
        if window is not None:
            found[symbols[key]] = window
    return found


def _fetch(part: str, keys: Sequence[int], interval_ms: int, at: datetime, limit: int) -> list[Any]:
    """Run one statement of a part an asset, past the ORM."""
    if not keys:
        return []
    until = connection.ops.adapt_datetimefield_value(at)
    closed = connection.ops.adapt_datetimefield_value(at - interval(interval_ms))
    values = [value for key in keys for value in (key, interval_ms, closed, until, limit)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([part] * len(keys)), values)
        return cursor.fetchall()


def _find(row: Any, interval_ms: int, at: datetime, limit: int) -> CandleWindow | None:
    """The kept window that these marks tell of; None where there is none or a later correction lies on it."""
    mark = _Mark(*row)
    mark_kept, window = _kept.get((mark.asset_id, interval_ms, limit), (None, None))
    is_corrected_later = mark.revised is not None and _moment(mark.revised) > at
    return None if mark_kept != mark or is_corrected_later else window


def _build(symbol: str, rows: list[Any], interval_ms: int, at: datetime, limit: int) -> CandleWindow | None:
    """Build the window of ascending rows, and keep it unless a later correction lies on it."""
    revised = max(filter(None, map(itemgetter(_REVISED), rows)), default=None)
    if revised is not None and _moment(revised) > at:
        rows = _as_they_were(rows, interval_ms, at)
        return _window(symbol, rows, interval_ms) if rows else None
    window = _window(symbol, rows, interval_ms)
    newest = max(map(itemgetter(_KNOWABLE), rows))
    mark = _Mark(rows[0][0], rows[0][_OPEN], rows[-1][_OPEN], len(rows), newest, revised)
    place = mark.asset_id, interval_ms, limit
    with _lock:
        _kept[place] = mark, window
        _kept.move_to_end(place)
        while len(_kept) > KEPT_WINDOWS:
            _kept.popitem(last=False)
    return window


def _window(symbol: str, rows: list[Any], interval_ms: int) -> CandleWindow:
    """Turn rows into columns; texts of one database sort as their times do, so only the newest is parsed."""
    _, opens, *prices, knowable, revised = zip(*rows, strict=True)
    open_, high, low, close, volume = prices
    newest = [max(knowable), *(text for text in (max(filter(None, revised), default=None),) if text)]
    known = max(map(_moment, newest))
    return CandleWindow(
        symbol, interval_ms, _opens(opens, interval_ms), open_, high, low, close, volume, known
    )


def _opens(texts: Sequence[str], interval_ms: int) -> Sequence[int]:
    """The opening times (ms), parsed one by one only where some are missing."""
    first, last = to_ms(_moment(texts[0])), to_ms(_moment(texts[-1]))
    if (last - first) // interval_ms + 1 == len(texts):
        return range(first, last + 1, interval_ms)
    return tuple(to_ms(_moment(text)) for text in texts)


def _as_they_were(rows: list[Any], interval_ms: int, at: datetime) -> list[Any]:
    """The same rows with the values that a candle had before it was corrected later than `at`."""
    revisions = CandleRevision.objects.filter(
        asset=rows[0][0],
        interval_ms=interval_ms,
        open_at__gte=_moment(rows[0][_OPEN]),
        knowable_at__lte=at,
        superseded_at__gt=at,
    )
    earlier = {
        opened: (*prices, str(knowable), None)
        for opened, *prices, knowable in revisions.values_list("open_at", *_PRICES, "knowable_at")
    }
    shown = []
    for row in rows:
        if row[_REVISED] is None or _moment(row[_REVISED]) <= at:
            shown.append(row)
        elif (opened := _moment(row[_OPEN])) in earlier:
            shown.append((row[0], row[_OPEN], *earlier[opened]))
    return shown


def _moment(text: str) -> datetime:
    """The time that the database wrote: SQLite names no zone and means UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
