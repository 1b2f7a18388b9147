"""Writing closed candles, correcting stored ones, and deriving longer ones from complete runs of shorter ones."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.core.moments import from_ms, to_micros, to_ms
from apps.market.adapters.bars import bar_fault
from apps.market.models import Asset, Candle
from apps.market.services import blocks, bulk
from apps.market.services.outcome import Outcome
from apps.market.types import DAY_MS, DERIVED_INTERVALS_MS, Bar
from apps.market.types.blocks import CandleRow
from apps.operations import audit

BATCH_ROWS = 2_000
ACTOR = audit.Actor.system("market")
_LISTED = 50
"""At most this many corrected candles are named in an audit event."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the candles offered: new ones, corrected ones (derived ones included), and the rest."""

    inserted: int = 0
    revised: int = 0
    unchanged: int = 0


def sound_bars(
    bars: Iterable[Bar], *, interval_ms: int, horizon: datetime, what: str, outcome: Outcome
) -> list[Bar]:
    """Return the bars that are candles, ascending, once each; every other one is counted with its reason.

    Refused are bars without the shape of a candle, bars that close after `horizon` (still open), repetitions
    and bars that come after a later one.
    """
    found: list[Bar] = []
    horizon_ms = to_ms(horizon)
    for bar in bars:
        fault = bar_fault(bar, close_ms=bar.open_ms + interval_ms - 1, interval_ms=interval_ms)
        if not fault and bar.open_ms + interval_ms > horizon_ms:
            fault = "it is still open"
        if not fault and found and bar.open_ms <= found[-1].open_ms:
            fault = "it repeats the one before" if bar.open_ms == found[-1].open_ms else "it is out of order"
        if fault:
            outcome.leave_out(f"{what} at {bar.open_ms}: {fault}")
        else:
            found.append(bar)
    return found


def rows_of(
    asset: Asset, interval_ms: int, bars: Iterable[Bar], *, written_at: datetime | None
) -> list[CandleRow]:
    """Return candles ready to be written, knowable when they close but never before they were written.

    `written_at` None is for history that is loaded at once: it counts as known at each close.
    """
    key, source = asset.pk, asset.source
    written_us = 0 if written_at is None else to_micros(written_at)
    return [
        CandleRow(key, interval_ms, *bar, source, max((bar.open_ms + interval_ms) * 1000, written_us))
        for bar in bars
    ]


@transaction.atomic
def write(rows: Sequence[CandleRow], *, now: datetime) -> Written:
    """Insert new candles; give a stored one that the source has corrected its new values, from `now` on.

    The same values again change nothing. Of a corrected candle the earlier values are kept as a revision, the
    longer candles derived from it are corrected too, and an audit event names them all. A day that lies in a
    block is written again. `rows` hold at most one candle per key.
    """
    if not rows:
        return Written()
    thawed = blocks.thaw_days(rows, now=now)
    inserted = bulk.insert_candles(rows)
    revised: list[bulk.CandleKey] = []
    if inserted < len(rows):
        revised = _revise(rows, now=now)
    blocks.settle_days(thawed, now=now)
    return Written(inserted, len(revised), len(rows) - inserted - len(revised))


def _revise(rows: Sequence[CandleRow], *, now: datetime) -> list[bulk.CandleKey]:
    bulk.stage_candles(rows)
    revised = bulk.revise_staged(now=now)
    if not revised:
        return []
    offered = {row[:3] for row in rows}
    derived = [row for row in _derived_again(revised) if row[:3] not in offered]
    thawed = blocks.thaw_days(derived, now=now)
    bulk.insert_candles(derived)
    bulk.stage_candles(derived)
    again = bulk.revise_staged(now=now)
    blocks.settle_days(thawed, now=now)
    _note(revised, again, now=now)
    return revised


def _derived_again(revised: Sequence[bulk.CandleKey]) -> list[CandleRow]:
    """The longer candles that hold corrected ones of the shortest length, from the present values of their members."""
    assets = Asset.objects.in_bulk({asset_id for asset_id, _, _ in revised})
    wanted: dict[tuple[int, int], set[int]] = defaultdict(set)
    for asset_id, interval_ms, open_ms in revised:
        if interval_ms == assets[asset_id].base_interval_ms:
            for length in derived_lengths([interval_ms]):
                wanted[asset_id, length].add(open_ms // length * length)
    found: list[CandleRow] = []
    for (asset_id, length), opens in wanted.items():
        base = assets[asset_id].base_interval_ms
        for begin, end in _runs(sorted(opens), length):
            members = _stored(asset_id, base, from_ms(begin), from_ms(end))
            found += [row for row in aggregate(members, target_ms=length) if row.open_ms in opens]
    return found


def _runs(opens: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    """Join ascending opens that lie within a day of each other: one read for each run [begin, end)."""
    begin = previous = opens[0]
    for open_ms in opens[1:]:
        if open_ms - previous > DAY_MS:
            yield begin, previous + length
            begin = open_ms
        previous = open_ms
    yield begin, previous + length


def _note(revised: list[bulk.CandleKey], derived: list[bulk.CandleKey], *, now: datetime) -> None:
    symbols = dict(Asset.objects.filter(pk__in={key[0] for key in revised}).values_list("pk", "symbol"))
    audit.record(
        verb="market.candles.corrected",
        by=ACTOR,
        subject=f"market.candles:{symbols[revised[0][0]]}",
        now=now,
        reason="The source gave other values for closed candles.",
        detail={
            "count": len(revised),
            "derived_count": len(derived),
            "candles": [
                [symbols[asset_id], interval_ms, from_ms(open_ms).isoformat()]
                for asset_id, interval_ms, open_ms in revised[:_LISTED]
            ],
        },
    )


def _stored(asset_id: int, interval_ms: int, start: datetime, end: datetime) -> list[CandleRow]:
    """The stored candles that opened in [start, end), ascending, known since their present values count."""
    rows = Candle.objects.filter(
        asset_id=asset_id, interval_ms=interval_ms, open_at__gte=start, open_at__lt=end
    )
    return blocks.rows_from(rows, counts_from_revision=True)


def derived_lengths(own: Sequence[int]) -> list[int]:
    """Return the lengths to derive for an asset whose source has `own` (shortest first)."""
    return [
        length
        for length in DERIVED_INTERVALS_MS
        if length not in own and length > own[0] and length % own[0] == 0
    ]


def aggregate(rows: Iterable[CandleRow], *, target_ms: int) -> list[CandleRow]:
    """Return the complete longer candles of one asset's ascending base candles; gaps yield nothing."""
    groups: dict[int, list[CandleRow]] = defaultdict(list)
    for row in rows:
        groups[row.open_ms // target_ms].append(row)
    return [
        _merge(members, number * target_ms, target_ms)
        for number, members in groups.items()
        if len(members) == target_ms // members[0].interval_ms
    ]


def _merge(members: Sequence[CandleRow], open_ms: int, target_ms: int) -> CandleRow:
    return CandleRow(
        asset_id=members[0].asset_id,
        interval_ms=target_ms,
        open_ms=open_ms,
        open_micros=members[0].open_micros,
        high_micros=max(row.high_micros for row in members),
        low_micros=min(row.low_micros for row in members),
        close_micros=members[-1].close_micros,
        volume_micros=sum(row.volume_micros for row in members),
        source=members[0].source,
        knowable_us=max(row.knowable_us for row in members),
    )


def crossed(rows: Sequence[CandleRow], *, target_ms: int) -> int | None:
    """Return where (ms) reading must begin to derive what new base candles complete, None when nothing closed."""
    first, last = rows[0].open_ms, rows[-1].open_ms + rows[-1].interval_ms
    begin = first // target_ms * target_ms
    return begin if last // target_ms * target_ms > begin else None


def derive(asset: Asset, fresh: Sequence[CandleRow], *, own: Sequence[int]) -> list[CandleRow]:
    """Return the longer candles that fresh base candles complete, reading the stored ones they need."""
    wanted = {length: crossed(fresh, target_ms=length) for length in derived_lengths(own)}
    begins = [begin for begin in wanted.values() if begin is not None]
    if not begins:
        return []
    stored: list[CandleRow] = []
    if min(begins) < fresh[0].open_ms:
        stored = _stored(asset.pk, own[0], from_ms(min(begins)), fresh[0].open_at)
    return [
        candle
        for length, begin in wanted.items()
        if begin is not None
        for candle in aggregate([row for row in (*stored, *fresh) if row.open_ms >= begin], target_ms=length)
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
