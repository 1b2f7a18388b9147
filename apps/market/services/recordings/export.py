"""Market memory to a tape: every stream of every asset in a span, with the times at which it was known."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.core.moments import to_micros, to_ms
from apps.market import queries
from apps.market.adapters.replay import tape
from apps.market.adapters.replay.tape import Field, Manifest, TapeAsset, TapeFile
from apps.market.adapters.replay.tracks import text_of
from apps.market.models import Asset, BookSnapshot, Candle, CandleBlock
from apps.market.services.recordings.streams import STREAMS
from apps.market.types import Listing

CHUNK = timedelta(days=1)
ROWS_AT_ONCE = 5_000


class Piece(NamedTuple):
    """One file of a tape to be written."""

    symbol: str
    kind: str
    interval_ms: int


class Span(NamedTuple):
    """What to write: from, to, and as it is known when."""

    start: datetime
    end: datetime
    now: datetime


def pieces(symbols: Sequence[str] = ()) -> list[Piece]:
    """Return what a tape of these assets (default: of all that are tracked) consists of.

    Raises NotFound for an asset that memory does not have.
    """
    known = {row.symbol: row for row in queries.list_registry()}
    missing = [symbol for symbol in symbols if symbol not in known]
    if missing:
        raise NotFound(f"Memory has no {', '.join(missing)}.", code="ASSET_UNKNOWN")
    chosen = list(symbols) or [row.symbol for row in queries.list_assets()]
    found = []
    for symbol in chosen:
        found += [Piece(symbol, tape.CANDLES, length) for length in _lengths(known[symbol])]
        found += [Piece(symbol, kind, 0) for kind in (tape.QUOTES, tape.BOOKS, tape.CONTEXTS, tape.FUNDING)]
    return found


def _lengths(asset: Asset) -> list[int]:
    found: set[int] = set()
    for model in (Candle, CandleBlock):
        rows = model._default_manager.filter(asset=asset).order_by("interval_ms")
        found.update(rows.values_list("interval_ms", flat=True).distinct())
    return sorted(found)


def export_tape(
    folder: Path,
    *,
    wanted: Iterable[Piece],
    span: Span,
) -> Manifest:
    """Write the memory of a span to a new folder, piece after piece of `wanted`.

    The folder appears whole or not at all. Raises Conflict where it exists, InvalidInput where the span holds no
    candle, NotFound before a source is chosen.
    """
    state = queries.source_state()
    if state is None:
        raise NotFound("No price source has filled this memory yet.", code="SOURCE_NOT_CHOSEN")
    if folder.exists():
        raise Conflict(f"{folder} exists; give a new folder.", code="RECORDING_EXISTS")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        files = list(_files(partial, wanted, span))
        if not any(file.kind == tape.CANDLES for file in files):
            raise InvalidInput("This span holds no candle.", code="RECORDING_EMPTY")
        manifest = Manifest(
            source=state.name,
            label=state.label,
            start_ms=to_ms(span.start),
            end_ms=to_ms(span.end),
            assets=_assets({file.symbol for file in files}),
            files=tuple(files),
        )
        tape.write_manifest(partial, manifest)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _assets(symbols: set[str]) -> tuple[TapeAsset, ...]:
    rows = queries.list_registry().filter(symbol__in=symbols).order_by("symbol")
    return tuple(
        TapeAsset(
            Listing(
                queries.to_instrument(row),
                venue_index=row.venue_index,
                units_per_contract=row.units_per_contract,
                margin_mode=row.margin_mode,
            ),
            row.category,
            row.base_interval_ms,
        )
        for row in rows
    )


def _files(folder: Path, wanted: Iterable[Piece], span: Span) -> Iterator[TapeFile]:
    """Write the pieces; an asset without its shortest candles in the span has no others of its streams either."""
    with_candles: set[str] = set()
    for piece in wanted:
        rows = _ROWS[piece.kind](piece, span)
        if piece.kind == tape.CANDLES or piece.symbol in with_candles:
            file = tape.write_file(
                folder, kind=piece.kind, symbol=piece.symbol, interval_ms=piece.interval_ms, rows=rows
            )
            if file is not None:
                with_candles.add(piece.symbol)
                yield file


def _candle_rows(piece: Piece, span: Span) -> Iterator[Sequence[Field]]:
    """Candles that opened and closed in [start, end], a day at a time."""
    begin = span.start
    while begin < span.end:
        stop = min(begin + CHUNK, span.end)
        reach = min(stop + timedelta(milliseconds=piece.interval_ms), span.end)
        for bar in queries.bars_in(
            piece.symbol, interval_ms=piece.interval_ms, start=begin, end=reach, at=span.now
        ):
            if bar.open_at >= stop:
                break
            prices = (bar.open_micros, bar.high_micros, bar.low_micros, bar.close_micros, bar.volume_micros)
            yield (
                to_ms(bar.open_at),
                to_ms(bar.close_at) - 1,
                *(tape.plain(value, 6) for value in prices),
                to_micros(bar.knowable_at),
            )
        begin = stop


def _stream_rows(piece: Piece, span: Span) -> Iterator[Sequence[Field]]:
    stream = STREAMS[piece.kind]
    within = {f"{stream.moment}__gte": span.start, f"{stream.moment}__lte": span.end}
    found = stream.model._default_manager.filter(asset__symbol=piece.symbol, **within).order_by(stream.moment)
    columns = (stream.moment, *stream.numbers, "knowable_at")
    for at, *numbers, known in found.values_list(*columns).iterator(ROWS_AT_ONCE):
        yield (to_micros(at), *numbers, to_micros(known))


def _book_rows(piece: Piece, span: Span) -> Iterator[Sequence[Field]]:
    found = BookSnapshot.objects.filter(asset__symbol=piece.symbol, at__gte=span.start, at__lte=span.end)
    rows = found.order_by("at").values_list("at", "bids", "asks", "knowable_at")
    for at, bids, asks, known in rows.iterator(ROWS_AT_ONCE):
        yield (to_micros(at), text_of(bids), text_of(asks), to_micros(known))


_ROWS: dict[str, Callable[[Piece, Span], Iterator[Sequence[Field]]]] = {
    tape.CANDLES: _candle_rows,
    tape.BOOKS: _book_rows,
    **dict.fromkeys(STREAMS, _stream_rows),
}
