"""Closed days of candles as columns: rolling rows up, taking them out again, and forgetting rows that a block holds."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from functools import partial
from itertools import takewhile

from django.db import transaction
from django.db.models import Max, QuerySet

from apps.core.errors import DomainError
from apps.core.moments import from_ms, to_micros, to_ms
from apps.market.models import Asset, Candle, CandleBlock, CandleRevision
from apps.market.services import bulk
from apps.market.services.outcome import Outcome
from apps.market.services.windows import MAX_BARS
from apps.market.types import DAY_MS, INTERVALS_MS
from apps.market.types.blocks import DAY, CandleRow, DayKey, day_start, from_us, pack, unpack
from apps.operations.types import Report

CLOSED_AFTER = timedelta(hours=6)
"""A day is rolled up once it is over for so long: its last candles and their first corrections have come."""
BLOCKS_A_RUN = 2_000


class BlockDisagrees(DomainError):
    """A block does not hold what its rows hold; no row may be forgotten."""

    status = 500
    code = "BLOCK_DISAGREES"


def roll_up(*, now: datetime, limit: int = BLOCKS_A_RUN) -> Report:
    """Write the blocks of closed days that have none, oldest first, each in its own transaction.

    A day is closed when it ended `CLOSED_AFTER` ago and its asset's candles are written past it, or can no
    longer be fetched. Safe to repeat; a day once rolled up stays so when the clock goes back.
    """
    outcome = Outcome()
    for asset in Asset.objects.order_by("pk"):
        for interval_ms in lengths_of(asset):
            for day in _days_without_block(asset, interval_ms, _closed_until(asset, now)):
                if outcome.seen >= limit:
                    return outcome.report()
                key = DayKey(asset.pk, interval_ms, day)
                outcome.attempt(f"{asset.symbol} {interval_ms} {day}", partial(_roll_up_once, key, now))
    return outcome.report()


def _roll_up_once(key: DayKey, now: datetime) -> int:
    return roll_up_days([key], now=now)


@transaction.atomic
def roll_up_days(keys: Collection[DayKey], *, now: datetime) -> int:
    """Write the blocks of days whose rows are all here; return how many hold something."""
    written = 0
    list(Asset.objects.select_for_update().filter(pk__in={key.asset_id for key in keys}).order_by("pk"))
    for key in sorted(keys):
        rows = rows_from(_hot(key))
        if rows:
            _store(key, rows, now)
            written += 1
    return written


def _store(key: DayKey, rows: Sequence[CandleRow], now: datetime) -> None:
    body = pack(rows)
    block, _ = CandleBlock.objects.update_or_create(
        asset_id=key.asset_id,
        interval_ms=key.interval_ms,
        day_date=key.day_date,
        defaults={
            "bars_count": len(rows),
            "body": body,
            "digest": hashlib.sha256(body).hexdigest(),
            "source": rows[0].source,
            "knowable_at": from_us(max(row.knowable_us for row in rows)),
            "created_at": now,
        },
    )
    block.refresh_from_db(fields=["body"])
    if not _holds(block, key, rows):
        raise BlockDisagrees(f"The block of {block} does not read back as it was written; it is undone.")


def thaw_days(rows: Sequence[CandleRow], *, now: datetime) -> dict[DayKey, bool]:
    """Take the days of these candles that lie in blocks back into rows; return whether each had no rows before.

    The blocks stay locked until the transaction ends, and so do the assets when some day is over: nobody rolls
    up or forgets what is about to change.
    """
    if not rows:
        return {}
    assets = {row.asset_id for row in rows}
    opens = [row.open_ms for row in rows]
    first, last = from_ms(min(opens)).date(), from_ms(max(opens)).date()
    if day_start(first) + DAY <= now:
        list(Asset.objects.select_for_update().filter(pk__in=assets).order_by("pk").values_list("pk"))
    found = CandleBlock.objects.select_for_update().filter(
        asset_id__in=assets, day_date__gte=first, day_date__lte=last
    )
    blocks = {DayKey(block.asset_id, block.interval_ms, block.day_date): block for block in found}
    if not blocks:
        return {}
    days = {(row.asset_id, row.interval_ms, row.open_ms // DAY_MS) for row in rows}
    touched = [key for key in sorted(blocks) if (*key[:2], to_ms(day_start(key.day_date)) // DAY_MS) in days]
    return {key: _thaw(key, blocks[key]) for key in touched}


def settle_days(thawed: Mapping[DayKey, bool], *, now: datetime) -> None:
    """Roll thawed days up again, and forget the rows of those that had none: rows are always the newest days."""
    if thawed:
        roll_up_days(thawed, now=now)
    for key, had_no_rows in thawed.items():
        if had_no_rows:
            forget_day(key)


def _thaw(key: DayKey, block: CandleBlock) -> bool:
    put_back = bulk.insert_candles(list(unpack(key, block.source, bytes(block.body))))
    hot = _hot(key)
    revisions = CandleRevision.objects.filter(
        asset_id=key.asset_id,
        interval_ms=key.interval_ms,
        open_at__gte=day_start(key.day_date),
        open_at__lt=day_start(key.day_date) + DAY,
    )
    last = revisions.order_by().values("open_at").annotate(revised_at=Max("superseded_at"))
    for open_at, revised_at in last.values_list("open_at", "revised_at"):
        hot.filter(open_at=open_at, revised_at__isnull=True).update(revised_at=revised_at)
    return put_back == block.bars_count


def forget_day(key: DayKey) -> int:
    """Delete the rows of a day that its block holds, number for number; return how many.

    Raises BlockDisagrees when they differ, or when the block is not what its digest says.
    """
    with transaction.atomic():
        block = CandleBlock.objects.select_for_update().get(
            asset_id=key.asset_id, interval_ms=key.interval_ms, day_date=key.day_date
        )
        hot = _hot(key)
        if not _holds(block, key, rows_from(hot)):
            raise BlockDisagrees(f"The block of {block} does not hold its rows; they are kept.")
        return hot.delete()[0]


def days_to_forget(asset: Asset, interval_ms: int, *, before: datetime) -> list[date]:
    """The days before the one of `before` that lie in a block and still have rows, ascending, up to one without."""
    opens = _opens(asset, interval_ms, day_start(before.date()))
    first = opens.first()
    if first is None:
        return []
    return list(takewhile(_blocked(asset, interval_ms, first).__contains__, _hot_days(opens, first)))


def rows_from(candles: QuerySet[Candle], *, counts_from_revision: bool = False) -> list[CandleRow]:
    """Stored candles as rows, ascending; with `counts_from_revision` known when their present values began to count."""
    values = candles.order_by("open_at").values_list(
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
        "revised_at",
    )
    return [
        CandleRow(
            asset_id=asset,
            interval_ms=length,
            open_ms=to_ms(open_at),
            open_micros=open_,
            high_micros=high,
            low_micros=low,
            close_micros=close,
            volume_micros=volume,
            source=source,
            knowable_us=to_micros(revised if counts_from_revision and revised is not None else knowable),
        )
        for asset, length, open_at, open_, high, low, close, volume, source, knowable, revised in values
    ]


def _holds(block: CandleBlock, key: DayKey, rows: Sequence[CandleRow]) -> bool:
    body = bytes(block.body)
    return hashlib.sha256(body).hexdigest() == block.digest and list(unpack(key, block.source, body)) == list(
        rows
    )


def _hot(key: DayKey) -> QuerySet[Candle]:
    start = day_start(key.day_date)
    return Candle.objects.filter(
        asset_id=key.asset_id,
        interval_ms=key.interval_ms,
        open_at__gte=start,
        open_at__lt=start + DAY,
    )


def lengths_of(asset: Asset) -> list[int]:
    """The candle lengths that an asset may have, shortest first."""
    return sorted(length for length in INTERVALS_MS.values() if length >= asset.base_interval_ms)


def _closed_until(asset: Asset, now: datetime) -> datetime:
    """The end of the last closed day."""
    fetched = asset.candles_until or now
    given_up = now - MAX_BARS * timedelta(milliseconds=asset.base_interval_ms)
    until = min(now - CLOSED_AFTER, max(fetched, given_up))
    return day_start(until.date())


def _days_without_block(asset: Asset, interval_ms: int, until: datetime) -> list[date]:
    opens = _opens(asset, interval_ms, until)
    first = opens.first()
    if first is None:
        return []
    return list(_hot_days(opens, first, skip=_blocked(asset, interval_ms, first)))


def _opens(asset: Asset, interval_ms: int, until: datetime) -> QuerySet[Candle, datetime]:
    rows = Candle.objects.filter(asset=asset, interval_ms=interval_ms, open_at__lt=until)
    return rows.order_by("open_at").values_list("open_at", flat=True)


def _blocked(asset: Asset, interval_ms: int, since: datetime) -> frozenset[date]:
    blocks = CandleBlock.objects.filter(asset=asset, interval_ms=interval_ms, day_date__gte=since.date())
    return frozenset(blocks.values_list("day_date", flat=True))


def _hot_days(
    opens: QuerySet[Candle, datetime], first: datetime, *, skip: Set[date] = frozenset()
) -> Iterator[date]:
    """Yield the days that have rows, ascending: one seek per day, none for the days to skip."""
    found: datetime | None = first
    while found is not None:
        day = found.date()
        if day not in skip:
            yield day
        day += DAY
        while day in skip:
            day += DAY
        found = opens.filter(open_at__gte=day_start(day)).first()
