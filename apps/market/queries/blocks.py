"""Candles out of day blocks, for reads that reach beyond the rows that are still kept."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime

from apps.market.models import CandleBlock
from apps.market.queries.revisions import Revisions
from apps.market.types import CandleValue, interval
from apps.market.types.blocks import CandleRow, DayKey, unpack

_BLOCKS_AT_ONCE = 8


def block_candles(
    symbol: str,
    *,
    interval_ms: int,
    start: datetime | None,
    end: datetime,
    at: datetime,
    without: Collection[date],
    limit: int | None = None,
) -> list[CandleValue]:
    """Return candles that opened from `start` on and closed by `end`, ascending, as they counted at `at`.

    Of the days in `without` none, because their rows were read; the newest `limit` where it is given.
    """
    blocks = CandleBlock.objects.filter(
        asset__symbol=symbol, interval_ms=interval_ms, day_date__lte=(end - interval(interval_ms)).date()
    )
    if start is not None:
        blocks = blocks.filter(day_date__gte=start.date())
    found: list[CandleValue] = []
    for block in blocks.order_by("-day_date").iterator(chunk_size=_BLOCKS_AT_ONCE):
        if block.day_date in without:
            continue
        day = [
            value
            for value in _values(symbol, block)
            if value.close_at <= end and value.knowable_at <= at and (start is None or value.open_at >= start)
        ]
        found = day + found
        if limit is not None and len(found) >= limit:
            break
    return _as_counted(found[-limit:] if limit is not None else found, at)


def _values(symbol: str, block: CandleBlock) -> Iterator[CandleValue]:
    key = DayKey(block.asset_id, block.interval_ms, block.day_date)
    for row in unpack(key, block.source, bytes(block.body)):
        yield _value(symbol, row)


def _value(symbol: str, row: CandleRow) -> CandleValue:
    return CandleValue(
        symbol=symbol,
        interval_ms=row.interval_ms,
        open_at=row.open_at,
        close_at=row.close_at,
        open_micros=row.open_micros,
        high_micros=row.high_micros,
        low_micros=row.low_micros,
        close_micros=row.close_micros,
        volume_micros=row.volume_micros,
        knowable_at=row.knowable_at,
    )


def _as_counted(found: list[CandleValue], at: datetime) -> list[CandleValue]:
    """The same candles with the values that counted at `at`: a block holds the present ones."""
    if not found:
        return []
    first = found[0]
    revisions = Revisions(
        [first.symbol], interval_ms=first.interval_ms, first=first.open_at, last=found[-1].open_at
    )
    if not revisions:
        return found
    counted = []
    for value in found:
        earlier = revisions.counted(value.symbol, value.open_at, at=at)
        since = revisions.replaced_at(value.symbol, value.open_at)
        counted.append(earlier or (replace(value, knowable_at=since) if since is not None else value))
    return counted
