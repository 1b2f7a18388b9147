"""A recording behind the port: the prices on a tape, else the last close until the next one."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from apps.core.errors import AdapterError, InvalidInput
from apps.core.moments import from_ms, to_micros, to_ms
from apps.market.adapters.contracts import instrument_for, units_of
from apps.market.adapters.replay import files, tape
from apps.market.adapters.replay.tracks import Tracks, read_tracks
from apps.market.types import HOUR_MS, Bar, BookTick, ContextTick, FundingTick, Listing, QuoteTick, SourceName

PRICE_HOLDS_FOR_BARS = 2
"""A price holds for this many intervals; after a longer gap the recording has none."""
BOOK_HOLDS_US = 30_000_000
CONTEXT_HOLDS_US = 180_000_000


class Series:
    """The bars of one symbol and interval, searchable by close time."""

    def __init__(self, interval_ms: int, bars: Sequence[Bar]) -> None:
        """Index the bars."""
        self.interval_ms = interval_ms
        self.bars = bars
        self.closes_ms = [bar.open_ms + interval_ms for bar in bars]

    def closed_between(self, start_ms: int, end_ms: int) -> list[Bar]:
        """Return bars whose close lies in (start, end]."""
        return list(self.bars[bisect_right(self.closes_ms, start_ms) : bisect_right(self.closes_ms, end_ms)])

    def last_closed(self, at_ms: int) -> tuple[Bar, int] | None:
        """Return the last closed bar and its close time, None before the first."""
        index = bisect_right(self.closes_ms, at_ms) - 1
        return (self.bars[index], self.closes_ms[index]) if index >= 0 else None


class ReplaySource:
    """Prices of a recording, for a clock that stands inside its span."""

    name = SourceName.REPLAY.value
    is_predetermined = True

    def __init__(
        self,
        *,
        path: Path,
        series: dict[str, list[Series]],
        funding: dict[str, list[tuple[int, int]]],
        listings: Sequence[Listing] = (),
        tracks: Tracks | None = None,
    ) -> None:
        """Wrap loaded series, and what a tape has besides; use `load` to read a folder."""
        self.label = f"RECORDED PRICES ({path.name})"
        self._series = series
        self._funding = funding
        self._listings = {listing.instrument.symbol: listing for listing in listings}
        self._tracks = tracks or Tracks()

    def listings(self) -> list[Listing]:
        """Return the contracts as the tape has them, else known specifications, or a stated guess."""
        return [
            self._listings.get(symbol)
            or Listing(
                instrument_for(symbol, price_micros=lengths[0].bars[0].close_micros),
                units_per_contract=units_of(symbol),
            )
            for symbol, lengths in self._series.items()
        ]

    def tracked(self) -> frozenset[str]:
        """Return every recorded symbol."""
        return frozenset(self._series)

    def intervals(self, symbol: str) -> tuple[int, ...]:
        """Return the recorded candle lengths, shortest first."""
        return tuple(series.interval_ms for series in self._of(symbol))

    def candles(self, *, symbol: str, interval_ms: int, start: datetime, end: datetime) -> list[Bar]:
        """Return recorded candles whose close lies in (start, end]."""
        for series in self._of(symbol):
            if series.interval_ms == interval_ms:
                return series.closed_between(to_ms(start), to_ms(end))
        raise AdapterError(f"the recording has no {interval_ms} ms candles of {symbol}", transient=False)

    def quotes(self, *, symbols: Sequence[str], at: datetime) -> list[QuoteTick]:
        """Return the last price of the tape, else the last close; no tick in a gap or outside the span."""
        found = (self._recorded_quote(symbol, at) or self._close_quote(symbol, at) for symbol in symbols)
        return [tick for tick in found if tick is not None]

    def _recorded_quote(self, symbol: str, at: datetime) -> QuoteTick | None:
        track = self._tracks.quotes.get(symbol)
        holds_us = PRICE_HOLDS_FOR_BARS * self._of(symbol)[0].interval_ms * 1_000
        row = track.last(to_micros(at), holds_us=holds_us) if track else None
        return None if row is None else QuoteTick(symbol, row[1], row[2], row[3], row[4] or 0)

    def _close_quote(self, symbol: str, at: datetime) -> QuoteTick | None:
        at_ms, series = to_ms(at), self._of(symbol)[0]
        last = series.last_closed(at_ms)
        if last is None or at_ms - last[1] >= PRICE_HOLDS_FOR_BARS * series.interval_ms:
            return None
        price = last[0].close_micros
        return QuoteTick(symbol, price, price, price, self.funding_rate_e10(symbol=symbol, at=at))

    def book(self, *, symbol: str, at: datetime) -> BookTick | None:
        """Return the last book of the tape; None without one: fills then use the stated impact curve."""
        track = self._tracks.books.get(symbol)
        return track.last(to_micros(at), holds_us=BOOK_HOLDS_US) if track else None

    def funding_rate_e10(self, *, symbol: str, at: datetime) -> int:
        """Return the rate of the last hour on the tape, else the last sampled hourly rate, 0 before the first."""
        track = self._tracks.funding.get(symbol)
        row = track.last(to_micros(at), holds_us=2 * HOUR_MS * 1_000) if track else None
        if row is not None:
            return row[1] or 0
        samples = self._funding.get(symbol, [])
        index = bisect_left(samples, (to_ms(at) + 1,)) - 1
        return samples[index][1] if index >= 0 else 0

    def contexts(self, *, symbols: Sequence[str], at: datetime) -> list[ContextTick]:
        """Return the last positioning of the tape; nothing where it has none."""
        ticks = []
        for symbol in symbols:
            track = self._tracks.contexts.get(symbol)
            row = track.last(to_micros(at), holds_us=CONTEXT_HOLDS_US) if track else None
            if row is not None:
                ticks.append(ContextTick(symbol, row[1] or 0, row[2] or 0, row[3] or 0, *row[4:8]))
        return ticks

    def funding_history(self, *, symbol: str, start: datetime, end: datetime) -> list[FundingTick]:
        """Return the hours of the tape in [start, end], else the sampled rate at each full hour, without premium."""
        track = self._tracks.funding.get(symbol)
        if track is not None:
            rows = track.between(to_micros(start), to_micros(end))
            return [FundingTick((row[0] or 0) // 1_000, row[1] or 0, row[2]) for row in rows]
        samples = self._funding.get(symbol, [])
        if not samples:
            return []
        first = max(-(-to_ms(start) // HOUR_MS), -(-samples[0][0] // HOUR_MS))
        hours = [hour * HOUR_MS for hour in range(first, to_ms(end) // HOUR_MS + 1)]
        return [
            FundingTick(hour, self.funding_rate_e10(symbol=symbol, at=from_ms(hour)), None) for hour in hours
        ]

    def rejected(self) -> list[str]:
        """Return nothing: a recording was read as a whole when it was opened."""
        return []

    def span(self) -> tuple[datetime, datetime]:
        """Return the first open and the last close over all symbols' shortest candles."""
        shortest = [lengths[0] for lengths in self._series.values()]
        return (
            from_ms(min(series.bars[0].open_ms for series in shortest)),
            from_ms(max(series.closes_ms[-1] for series in shortest)),
        )

    def _of(self, symbol: str) -> list[Series]:
        series = self._series.get(symbol)
        if series is None:
            raise AdapterError(f"the recording has no {symbol}", transient=False)
        return series


def load(path: Path, *, symbols: Sequence[str] = ()) -> ReplaySource:
    """Read a tape, or every candle and funding file of a folder (or one file), all of it before anything is used.

    Raises InvalidInput naming what is wrong: no such folder, no candle file, an unknown symbol, a file of a tape
    that is not as it was written, or file and line of a malformed row.
    """
    if not path.exists():
        raise InvalidInput(f"Recording {path} does not exist.", code="RECORDING_NOT_FOUND")
    found = [path] if path.is_file() else sorted(path.iterdir())
    stamps = tuple(
        (str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in found if file.is_file()
    )
    return _load(path, stamps, tuple(symbols))


@lru_cache(maxsize=4)
def _load(path: Path, stamps: tuple[tuple[str, int, int], ...], symbols: tuple[str, ...]) -> ReplaySource:
    if tape.is_tape(path):
        return _load_tape(path, symbols)
    series: dict[str, list[Series]] = {}
    funding: dict[str, list[tuple[int, int]]] = {}
    for file in (Path(name) for name, _, _ in stamps):
        if not file.name.endswith((".csv", ".csv.gz")):
            continue
        named = files.candle_file_name(file)
        if named is None:
            if not files.is_funding_file(file):
                raise files.malformed(file, 1, "the name is not COIN_INTERVAL.csv or the header is unknown")
            funding.update(files.read_funding(file))
        elif not symbols or named[0] in symbols or f"k{named[0]}" in symbols:
            candles = files.read_candles(file, coin=named[0], interval_ms=named[1])
            series.setdefault(candles.symbol, []).append(Series(candles.interval_ms, candles.bars))
    _check(path, series, symbols)
    return ReplaySource(path=path, series=_sorted(series), funding=funding)


def _load_tape(path: Path, symbols: tuple[str, ...]) -> ReplaySource:
    manifest = tape.read_manifest(path)
    tape.verify(path, manifest)
    chosen = [file for file in manifest.files if not symbols or file.symbol in symbols]
    series: dict[str, list[Series]] = {}
    for file in chosen:
        if file.kind == tape.CANDLES:
            candles = files.read_candles(
                path / file.name, coin=file.symbol, interval_ms=file.interval_ms, is_exact=True
            )
            series.setdefault(file.symbol, []).append(Series(file.interval_ms, candles.bars))
    _check(path, series, symbols)
    listings = [asset.listing for asset in manifest.assets]
    return ReplaySource(
        path=path, series=_sorted(series), funding={}, listings=listings, tracks=read_tracks(path, chosen)
    )


def _sorted(series: dict[str, list[Series]]) -> dict[str, list[Series]]:
    """By symbol, each with its shortest candles first."""
    return {
        symbol: sorted(lengths, key=lambda item: item.interval_ms)
        for symbol, lengths in sorted(series.items())
    }


def _check(path: Path, series: dict[str, list[Series]], symbols: tuple[str, ...]) -> None:
    missing = [symbol for symbol in symbols if symbol not in series and f"k{symbol}" not in series]
    if missing:
        raise InvalidInput(
            f"Recording {path} has no candles of {', '.join(missing)}.", code="RECORDING_NO_ASSET"
        )
    if not series:
        raise InvalidInput(
            f"Recording {path} holds no candle file (COIN_INTERVAL.csv or .csv.gz).", code="RECORDING_EMPTY"
        )
    for symbol, lengths in series.items():
        if len({item.interval_ms for item in lengths}) != len(lengths):
            raise InvalidInput(
                f"Recording {path} has two files of one length of {symbol}.", code="RECORDING_TWICE"
            )
