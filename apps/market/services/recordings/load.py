"""A tape into an empty memory: every row with the time at which it was known when it was recorded."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model

from apps.core.errors import InvalidInput
from apps.core.moments import from_ms
from apps.market.adapters.replay import files, tape
from apps.market.adapters.replay.tape import Manifest, TapeFile
from apps.market.adapters.replay.tracks import book_rows, levels_of, number_rows
from apps.market.models import Asset, BookSnapshot, Quote
from apps.market.services import candles, sources
from apps.market.services.assets import register_assets
from apps.market.services.recordings.streams import STREAMS
from apps.market.types import SourceName
from apps.market.types.blocks import CandleRow, from_us

ROWS_AT_ONCE = 5_000
Row = CandleRow | Model


def opened(folder: Path) -> Manifest:
    """Return the manifest of a tape whose every file is as it was written.

    Raises InvalidInput where the folder is no tape or a file is missing, changed or unreadable.
    """
    if not tape.is_tape(folder):
        raise InvalidInput(f"{folder} has no {tape.MANIFEST}: it is not a tape.", code="RECORDING_MALFORMED")
    manifest = tape.read_manifest(folder)
    tape.verify(folder, manifest)
    return manifest


def import_tape(
    folder: Path,
    manifest: Manifest,
    *,
    now: datetime,
    wanted: Iterable[TapeFile] | None = None,
) -> int:
    """Load an opened tape and choose it as the source of this memory; return how many rows were offered.

    Rows that are there already stay as they are: a load that was interrupted is finished by the next one. `wanted`
    are the manifest's files, for who watches them go by. Raises Conflict when this memory holds prices of anything else.
    """
    sources.select(wanted=SourceName.REPLAY.value, recording=str(folder), seed=0, now=now)
    register_assets(sources.current(), now=from_ms(manifest.start_ms))
    for described in manifest.assets:
        symbol = described.listing.instrument.symbol
        Asset.objects.filter(symbol=symbol).update(category=described.category)
    assets = {row.symbol: row for row in Asset.objects.all()}
    written = 0
    for file in manifest.files if wanted is None else wanted:
        written += _load(folder, file, assets[file.symbol], now)
    return written


def _load(folder: Path, file: TapeFile, asset: Asset, now: datetime) -> int:
    """Write one file, some thousand rows in each transaction."""
    read = _READERS.get(file.kind, _numbers)
    rows = read(folder, file, asset)
    count, newest = 0, None
    for part in _parts(rows):
        with transaction.atomic():
            _write(part, now)
        count, newest = count + len(part), part[-1]
    if isinstance(newest, CandleRow) and file.interval_ms == asset.base_interval_ms:
        candles.advance_cursor([asset], {asset.pk: newest.close_at}, column="candles_until")
    if isinstance(newest, Quote):
        candles.advance_cursor([asset], {asset.pk: newest.at}, column="quotes_until")
    return count


def _write(part: Sequence[Row], now: datetime) -> None:
    bars = [row for row in part if isinstance(row, CandleRow)]
    rows = [row for row in part if isinstance(row, Model)]
    candles.write(bars, now=now)
    if rows:
        type(rows[0])._default_manager.bulk_create(rows, batch_size=candles.BATCH_ROWS, ignore_conflicts=True)


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    stream = iter(rows)
    while part := list(islice(stream, ROWS_AT_ONCE)):
        yield part


def _candles(folder: Path, file: TapeFile, asset: Asset) -> Iterator[Row]:
    found = files.read_candles(
        folder / file.name, coin=file.symbol, interval_ms=file.interval_ms, is_exact=True
    )
    for bar, known_us in zip(found.bars, found.known_us, strict=True):
        yield CandleRow(asset.pk, file.interval_ms, *bar, asset.source, known_us)


def _books(folder: Path, file: TapeFile, asset: Asset) -> Iterator[Row]:
    for at, bids, asks, known in book_rows(folder, file):
        yield BookSnapshot(
            asset=asset,
            at=from_us(int(at)),
            bids=[list(level) for level in levels_of(bids)],
            asks=[list(level) for level in levels_of(asks)],
            source=asset.source,
            knowable_at=from_us(int(known)),
        )


def _numbers(folder: Path, file: TapeFile, asset: Asset) -> Iterator[Row]:
    stream = STREAMS[file.kind]
    for at, *numbers, known in number_rows(folder, file):
        values: dict[str, Any] = dict(zip(stream.numbers, numbers, strict=True))
        moments = {stream.moment: from_us(at or 0), "knowable_at": from_us(known or 0)}
        yield stream.model(asset=asset, source=asset.source, **values, **moments)


_READERS: dict[str, Callable[[Path, TapeFile, Asset], Iterator[Row]]] = {
    tape.CANDLES: _candles,
    tape.BOOKS: _books,
}
