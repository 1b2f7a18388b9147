"""Reads of candles; nothing here ever returns what was not knowable at the moment asked about.

A candle that its source corrected is returned with the values that counted at that moment, known since then.
Days whose rows are no longer kept are read from their blocks.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from apps.core.moments import read_moment
from apps.core.tables import ask, marks, moment
from apps.market.models import Asset, Candle, Quote
from apps.market.queries.blocks import block_candles
from apps.market.queries.revisions import Revisions
from apps.market.types import CandleValue, Close, TapeBar, interval
from apps.market.types.blocks import DAY


class _Row(NamedTuple):
    """The columns that are read of a stored candle."""

    symbol: str
    interval_ms: int
    open_at: datetime
    open_micros: int
    high_micros: int
    low_micros: int
    close_micros: int
    volume_micros: int
    knowable_at: datetime
    revised_at: datetime | None


_COLUMNS = ("asset__symbol", *_Row._fields[1:])
_CLOSES = (
    "SELECT a.symbol, CAST(c.open_at AS text), c.close_micros, CAST(c.knowable_at AS text), CAST(c.revised_at AS text)"
    f" FROM {Candle._meta.db_table} c JOIN {Asset._meta.db_table} a ON a.id = c.asset_id"
    " WHERE a.symbol IN ({marks}) AND c.interval_ms = %s AND c.open_at > %s AND c.open_at <= %s"
    " AND c.knowable_at <= %s ORDER BY c.open_at"
)


def closed_candles(
    symbol: str, *, interval_ms: int, at: datetime, limit: int, before: datetime | None = None
) -> list[CandleValue]:
    """Return the newest closed candles knowable at `at`, ascending, at most `limit`.

    Only those that closed by `before`, where it is given: the next page backwards.
    """
    length = interval(interval_ms)
    end = at if before is None else min(at, before)
    rows = Candle.objects.filter(
        asset__symbol=symbol, interval_ms=interval_ms, open_at__lte=end - length, knowable_at__lte=at
    ).order_by("-open_at")[:limit]
    found = _values(rows, at)[::-1]
    if len(found) == limit and not _may_hide_a_day(found, found[0].open_at, end):
        return found
    start = found[0].open_at if len(found) == limit else None
    return _with_blocks(found, symbol, interval_ms=interval_ms, start=start, end=end, at=at, limit=limit)


def latest_closes(
    symbols: Sequence[str], *, interval_ms: int, at: datetime, limit: int
) -> dict[str, list[Close]]:
    """Return what `closed_candles` would of each symbol that has any, as bare closes, in one read.

    The read spans the time in which `limit` unbroken candles lie; a symbol with gaps is read again by itself.
    """
    if not symbols:
        return {}
    length = interval(interval_ms)
    given = [*symbols, interval_ms, moment(at - (limit + 1) * length), moment(at - length), moment(at)]
    found: dict[str, list[Close]] = {symbol: [] for symbol in symbols}
    again: set[str] = set()
    for symbol, opened, close_micros, known, revised in ask(_CLOSES.format(marks=marks(symbols)), given):
        if revised is not None:
            again.add(symbol)
        found[symbol].append(Close(read_moment(opened) + length, close_micros, read_moment(known)))
    for symbol in [name for name, closes in found.items() if len(closes) < limit or name in again]:
        found[symbol] = [
            Close(bar.close_at, bar.close_micros, bar.knowable_at)
            for bar in closed_candles(symbol, interval_ms=interval_ms, at=at, limit=limit)
        ]
    return {symbol: closes[-limit:] for symbol, closes in found.items() if closes}


def bars_in(
    symbol: str, *, interval_ms: int, start: datetime, end: datetime, at: datetime | None = None
) -> list[CandleValue]:
    """Return candles that opened in [start, end) and closed by `end`, ascending, knowable at `at` (default `end`)."""
    known_at = at or end
    rows = Candle.objects.filter(
        asset__symbol=symbol,
        interval_ms=interval_ms,
        open_at__gte=start,
        open_at__lte=end - interval(interval_ms),
        knowable_at__lte=known_at,
    ).order_by("open_at")
    found = _values(rows, known_at)
    if found and found[0].open_at < start + interval(interval_ms) and not _may_hide_a_day(found, start, end):
        return found
    return _with_blocks(found, symbol, interval_ms=interval_ms, start=start, end=end, at=known_at)


def _values(candles: QuerySet[Candle], at: datetime) -> list[CandleValue]:
    """Stored candles as they counted at `at`, in the order asked for; a further read only where one counted otherwise."""
    rows = [_Row(*row) for row in candles.values_list(*_COLUMNS)]
    late = [row.open_at for row in rows if row.revised_at is not None and row.revised_at > at]
    if not late:
        return [_value(row) for row in rows]
    revisions = Revisions(
        {row.symbol for row in rows}, interval_ms=rows[0].interval_ms, first=min(late), last=max(late)
    )
    found = []
    for row in rows:
        is_late = row.revised_at is not None and row.revised_at > at
        value = revisions.counted(row.symbol, row.open_at, at=at) if is_late else _value(row)
        if value is not None:
            found.append(value)
    return found


def _value(row: _Row) -> CandleValue:
    return CandleValue(
        symbol=row.symbol,
        interval_ms=row.interval_ms,
        open_at=row.open_at,
        close_at=row.open_at + interval(row.interval_ms),
        open_micros=row.open_micros,
        high_micros=row.high_micros,
        low_micros=row.low_micros,
        close_micros=row.close_micros,
        volume_micros=row.volume_micros,
        knowable_at=row.revised_at or row.knowable_at,
    )


def _may_hide_a_day(found: Sequence[CandleValue], start: datetime, end: datetime) -> bool:
    """Whether so many candles are missing that a whole day of them may lie in a block."""
    return end - start - len(found) * interval(found[0].interval_ms) >= DAY


def _with_blocks(
    found: list[CandleValue],
    symbol: str,
    *,
    interval_ms: int,
    start: datetime | None,
    end: datetime,
    at: datetime,
    limit: int | None = None,
) -> list[CandleValue]:
    """The candles of the rows, and those of the blocks of days without rows."""
    days = {value.open_at.date() for value in found}
    more = block_candles(
        symbol, interval_ms=interval_ms, start=start, end=end, at=at, without=days, limit=limit
    )
    if not more:
        return found
    merged = sorted((*found, *more), key=lambda value: value.open_at)
    return merged if limit is None else merged[-limit:]


def price_tape(symbols: Sequence[str], *, interval_ms: int, start: datetime, end: datetime) -> list[TapeBar]:
    """Return every close in (start, end] that also has a quote at that moment, by time then symbol.

    For bulk readers (a whole recording at once); each bar may be used from its `close_at` on. It reaches as far
    back as rows are kept and has the present values of corrected candles; `read_columns` knows longer.
    """
    length = interval(interval_ms)
    quotes = {
        (symbol, at): (key, rate)
        for key, symbol, at, rate in Quote.objects.filter(
            asset__symbol__in=symbols, at__gt=start, at__lte=end
        ).values_list("pk", "asset__symbol", "at", "funding_rate_e10")
    }
    rows = Candle.objects.filter(
        asset__symbol__in=symbols,
        interval_ms=interval_ms,
        open_at__gt=start - length,
        open_at__lte=end - length,
    ).values_list("asset__symbol", "open_at", "close_micros")
    bars = [
        TapeBar(symbol, open_at + length, close, *quotes[symbol, open_at + length])
        for symbol, open_at, close in rows
        if (symbol, open_at + length) in quotes
    ]
    return sorted(bars, key=lambda bar: (bar.close_at, bar.symbol))
