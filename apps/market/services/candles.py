"""Writing closed candles in bulk, and deriving longer ones from complete runs of shorter ones."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from apps.core.moments import from_ms, to_ms
from apps.market.models import Asset, Candle
from apps.market.types import DERIVED_INTERVALS_MS, Bar

BATCH_ROWS = 2_000


def to_row(asset: Asset, interval_ms: int, bar: Bar, *, knowable_at: datetime) -> Candle:
    """Return an unsaved candle."""
    return Candle(
        asset=asset,
        interval_ms=interval_ms,
        open_at=from_ms(bar.open_ms),
        open_micros=bar.open_micros,
        high_micros=bar.high_micros,
        low_micros=bar.low_micros,
        close_micros=bar.close_micros,
        volume_micros=bar.volume_micros,
        source=asset.source,
        knowable_at=knowable_at,
    )


def rows_of(
    asset: Asset, interval_ms: int, bars: Iterable[Bar], *, written_at: datetime | None
) -> list[Candle]:
    """Return unsaved candles, knowable when they close but never before they were written.

    `written_at` None is for history that is loaded at once: it counts as known at each close.
    """
    rows = []
    for bar in bars:
        close_at = from_ms(bar.open_ms + interval_ms)
        knowable_at = close_at if written_at is None else max(close_at, written_at)
        rows.append(to_row(asset, interval_ms, bar, knowable_at=knowable_at))
    return rows


def write(rows: Sequence[Candle]) -> int:
    """Insert candles; one that exists already stays as it was. Return how many were offered."""
    Candle.objects.bulk_create(rows, batch_size=BATCH_ROWS, ignore_conflicts=True)
    return len(rows)


def derived_lengths(own: Sequence[int]) -> list[int]:
    """Return the lengths to derive for an asset whose source has `own` (shortest first)."""
    return [
        length
        for length in DERIVED_INTERVALS_MS
        if length not in own and length > own[0] and length % own[0] == 0
    ]


def aggregate(rows: Iterable[Candle], *, target_ms: int) -> list[Candle]:
    """Return the complete longer candles of one asset's ascending base candles; gaps yield nothing."""
    groups: dict[int, list[Candle]] = defaultdict(list)
    for row in rows:
        groups[to_ms(row.open_at) // target_ms].append(row)
    return [
        _merge(members, number * target_ms, target_ms)
        for number, members in groups.items()
        if len(members) == target_ms // members[0].interval_ms
    ]


def _merge(members: Sequence[Candle], open_ms: int, target_ms: int) -> Candle:
    bar = Bar(
        open_ms,
        members[0].open_micros,
        max(row.high_micros for row in members),
        min(row.low_micros for row in members),
        members[-1].close_micros,
        sum(row.volume_micros for row in members),
    )
    return to_row(members[0].asset, target_ms, bar, knowable_at=max(row.knowable_at for row in members))


def crossed(rows: Sequence[Candle], *, target_ms: int) -> datetime | None:
    """Return where reading must begin to derive what new base candles complete, None when nothing closed."""
    first, last = to_ms(rows[0].open_at), to_ms(rows[-1].open_at) + rows[-1].interval_ms
    begin = first // target_ms * target_ms
    return from_ms(begin) if last // target_ms * target_ms > begin else None


def derive(asset: Asset, fresh: Sequence[Candle], *, own: Sequence[int]) -> list[Candle]:
    """Return the longer candles that fresh base candles complete, reading the stored ones they need."""
    wanted = {length: crossed(fresh, target_ms=length) for length in derived_lengths(own)}
    begins = [begin for begin in wanted.values() if begin is not None]
    if not begins:
        return []
    first = fresh[0].open_at
    stored: list[Candle] = []
    if min(begins) < first:
        stored = list(
            Candle.objects.filter(
                asset=asset, interval_ms=own[0], open_at__gte=min(begins), open_at__lt=first
            ).order_by("open_at")
        )
        for row in stored:
            row.asset = asset
    return [
        candle
        for length, begin in wanted.items()
        if begin is not None
        for candle in aggregate([row for row in (*stored, *fresh) if row.open_at >= begin], target_ms=length)
    ]


def advance_cursor(assets: Iterable[Asset], untils: dict[int, datetime], *, column: str) -> None:
    """Move each asset's `column` forward to its new moment, one UPDATE per distinct moment."""
    groups: dict[datetime, list[int]] = defaultdict(list)
    for asset in assets:
        until = untils.get(asset.pk)
        if until is not None and (getattr(asset, column) is None or until > getattr(asset, column)):
            setattr(asset, column, until)
            groups[until].append(asset.pk)
    for until, keys in groups.items():
        Asset.objects.filter(pk__in=keys).update(**{column: until})


def window(asset: Asset, interval_ms: int, *, now: datetime, horizon: datetime) -> tuple[datetime, datetime]:
    """Return (start, end] of the closes that an asset still lacks: a bounded piece, so a backlog is worked off."""
    length = timedelta(milliseconds=interval_ms)
    start = asset.candles_until or now - max(WARM_UP, WARM_UP_BARS * length)
    start = max(start, now - MAX_BARS * length)
    return start, min(horizon, start + MAX_BARS * length)


WARM_UP = timedelta(hours=6)
WARM_UP_BARS = 200
MAX_BARS = 1_500
"""At most this many candles of an asset are fetched in one cycle."""
