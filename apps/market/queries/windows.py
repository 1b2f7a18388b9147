"""The last candles of many assets as columns, in one read, and kept in the process while they are the newest.

The read goes past the ORM: two thousand rows become integers and texts, and only a few of the times are parsed. A kept
window is found again by what identifies its content: candles are only ever added, or corrected with a later `revised_at`.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from threading import Lock
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Min

from apps.core.moments import read_moment, to_ms
from apps.market.models import CandleBlock
from apps.market.queries.candles import closed_candles
from apps.market.types import CandleWindow, interval
from apps.market.types.blocks import DAY

KEPT_WINDOWS = 512
ASSETS_AT_ONCE = 100
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

    The same candles as `closed_candles` gives: a missing one is not made up, the window reaches further back. What this
    process read before costs one read of its marks, and one more for the assets of which something is new.
    """
    found: dict[str, CandleWindow] = {}
    symbols = {key: symbol for symbol, key in assets.items()}
    known = [key for key in symbols if (key, interval_ms, limit) in _kept]
    for row in _fetch(_MARKS, known, interval_ms, at, limit):
        window = _find(row, interval_ms, at, limit)
        if window is not None:
            found[symbols.pop(row[0])] = window
    groups: dict[int, list[Any]] = {key: [] for key in symbols}
    for row in _fetch(_ROWS, list(symbols), interval_ms, at, limit):
        groups[row[0]].append(row)
    for rows in groups.values():
        rows.sort(key=itemgetter(_OPEN))
    elsewhere = _elsewhere(groups, interval_ms, at, limit)
    for key, rows in groups.items():
        if key in elsewhere:
            window = _read_otherwise(symbols[key], interval_ms, at, limit)
        else:
            window = _keep(symbols[key], rows, interval_ms, limit) if rows else None
        if window is not None:
            found[symbols[key]] = window
    return found


def _elsewhere(groups: Mapping[int, list[Any]], interval_ms: int, at: datetime, limit: int) -> set[int]:
    """The assets whose rows do not tell the whole window: older days lie in blocks, or some counted otherwise at `at`.

    A window that they do not fill may reach into blocks, and one with a hole of a day may have that day there.
    """
    corrected, first_days = set(), {}
    for key, rows in groups.items():
        revised = max(filter(None, map(itemgetter(_REVISED), rows)), default=None)
        if revised is not None and read_moment(revised) > at:
            corrected.add(key)
        if rows and _may_hide_a_day(read_moment(rows[0][_OPEN]), len(rows), interval_ms, at):
            corrected.add(key)
        if len(rows) < limit:
            first_days[key] = read_moment(rows[0][_OPEN]).date() if rows else date.max
    if not first_days:
        return corrected
    blocks = CandleBlock.objects.filter(asset__in=first_days, interval_ms=interval_ms).order_by()
    oldest = blocks.values_list("asset_id").annotate(Min("day_date"))
    return corrected | {key for key, day in oldest if day < first_days[key]}


def _read_otherwise(symbol: str, interval_ms: int, at: datetime, limit: int) -> CandleWindow | None:
    """The window by the read that knows blocks and corrections; rare, so not kept."""
    bars = closed_candles(symbol, interval_ms=interval_ms, at=at, limit=limit)
    if not bars:
        return None
    opens = [to_ms(bar.open_at) for bar in bars]
    prices = [[getattr(bar, name) for bar in bars] for name in _PRICES]
    return _window(symbol, interval_ms, opens, prices, max(bar.knowable_at for bar in bars))


def _fetch(part: str, keys: Sequence[int], interval_ms: int, at: datetime, limit: int) -> list[Any]:
    """Run one statement of a part an asset, past the ORM; SQLite takes at most 500 parts in one."""
    until = connection.ops.adapt_datetimefield_value(at)
    closed = connection.ops.adapt_datetimefield_value(at - interval(interval_ms))
    rows: list[Any] = []
    for start in range(0, len(keys), ASSETS_AT_ONCE):
        some = keys[start : start + ASSETS_AT_ONCE]
        values = [value for key in some for value in (key, interval_ms, closed, until, limit)]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join([part] * len(some)), values)
            rows += cursor.fetchall()
    return rows


def _find(row: Any, interval_ms: int, at: datetime, limit: int) -> CandleWindow | None:
    """The kept window that these marks tell of; None where there is none or a later correction lies on it."""
    mark = _Mark(*row)
    mark_kept, window = _kept.get((mark.asset_id, interval_ms, limit), (None, None))
    if (
        mark_kept != mark
        or window is None
        or _may_hide_a_day(read_moment(mark.first), mark.rows_count, interval_ms, at)
    ):
        return None
    is_corrected_later = mark.revised is not None and read_moment(mark.revised) > at
    return None if is_corrected_later else window


def _may_hide_a_day(first: datetime, count: int, interval_ms: int, at: datetime) -> bool:
    """Whether so many candles are missing since the first that a whole day of them may lie in a block."""
    return at - first - count * interval(interval_ms) >= DAY


def _keep(symbol: str, rows: list[Any], interval_ms: int, limit: int) -> CandleWindow:
    """Turn ascending rows into a window, and keep it; texts of one database sort as their times do."""
    keys, opens, *prices, knowable, corrected = zip(*rows, strict=True)
    revised = max(filter(None, corrected), default=None)
    mark = _Mark(keys[0], opens[0], opens[-1], len(rows), max(knowable), revised)
    newest = max(read_moment(text) for text in (mark.knowable, mark.revised) if text)
    window = _window(symbol, interval_ms, _opens(opens, interval_ms), prices, newest)
    place = mark.asset_id, interval_ms, limit
    with _lock:
        _kept[place] = mark, window
        _kept.move_to_end(place)
        while len(_kept) > KEPT_WINDOWS:
            _kept.popitem(last=False)
    return window


def _window(
    symbol: str,
    interval_ms: int,
    opens: Sequence[int],
    prices: Sequence[Sequence[int]],
    knowable_at: datetime,
) -> CandleWindow:
    open_, high, low, close, volume = map(tuple, prices)
    return CandleWindow(symbol, interval_ms, opens, open_, high, low, close, volume, knowable_at)


def _opens(texts: Sequence[str], interval_ms: int) -> Sequence[int]:
    """The opening times (ms), parsed one by one only where some are missing."""
    first, last = to_ms(read_moment(texts[0])), to_ms(read_moment(texts[-1]))
    if (last - first) // interval_ms + 1 == len(texts):
        return range(first, last + 1, interval_ms)
    return tuple(to_ms(read_moment(text)) for text in texts)
