"""Reading recorded files: strict, exact, and a malformed line is named by file and line."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from apps.core.errors import AdapterError, InvalidInput
from apps.core.moments import to_ms
from apps.market.adapters.bars import bar_fault
from apps.market.adapters.numbers import positive, scaled
from apps.market.types import INTERVALS_MS, Bar

VENUE_HEADER = ["t", "T", "o", "h", "l", "c", "v"]
TAPE_HEADER = [*VENUE_HEADER, "k"]
"""With when each candle became knowable, in microseconds: as this system exports them."""
PLAIN_HEADER = ["timestamp", "open", "high", "low", "close", "volume"]
FUNDING_HEADER = ["sampledAtUtc", "coin", "fundingHourly"]
MAX_FILE_BYTES = 512 * 1024 * 1024
THOUSANDS_BELOW_MICROS = 1_000
"""A coin below this price (a tenth of a cent) is quoted per thousand units, named kCOIN as the venue does."""

_NAME = re.compile(r"(?P<coin>[A-Za-z0-9]{1,32})_(?P<interval>[0-9]{1,2}[mhd])\.csv(?:\.gz)?", re.ASCII)
_QUOTED_IN = re.compile(r"(?<=[A-Z0-9])(USDT|USDC|USD)$", re.ASCII)


@dataclass(frozen=True, slots=True)
class CandleFile:
    """All candles of one file, under the symbol they are traded as; `known_us` is of the tape's format alone."""

    symbol: str
    interval_ms: int
    bars: tuple[Bar, ...]
    known_us: tuple[int, ...] = ()


def malformed(path: Path, line: int, what: str) -> InvalidInput:
    """Return the error for a bad line of a recording."""
    return InvalidInput(f"Recording {path.name}, line {line}: {what}.", code="RECORDING_MALFORMED")


def candle_file_name(path: Path) -> tuple[str, int] | None:
    """Return coin and interval of a candle file's name, None when it is not one."""
    match = _NAME.fullmatch(path.name)
    if match is None or match["interval"] not in INTERVALS_MS:
        return None
    return _QUOTED_IN.sub("", match["coin"]), INTERVALS_MS[match["interval"]]


def rows_in(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, fields); an unreadable or truncated file is malformed at the line reached."""
    line = 0
    try:
        with path.open("rb") as raw:
            stream = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
            text = io.TextIOWrapper(stream, encoding="ascii", newline="")
            if path.stat().st_size > MAX_FILE_BYTES:
                raise malformed(path, 0, "the file is too large")
            for line, row in enumerate(csv.reader(text, strict=True), start=1):
                yield line, row
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise malformed(path, line + 1, f"unreadable ({error})") from error


def read_candles(path: Path, *, coin: str, interval_ms: int, is_exact: bool = False) -> CandleFile:
    """Return the candles of a file in any format.

    The last row of the plain format may still have been forming and is dropped. A tiny coin becomes a k-coin, unless
    the file `is_exact`: then it is what is traded already. Raises InvalidInput (RECORDING_MALFORMED) naming file and
    line.
    """
    rows = rows_in(path)
    header = next(rows, (1, []))[1]
    if header not in (VENUE_HEADER, TAPE_HEADER, PLAIN_HEADER):
        raise malformed(path, 1, f"the header is not {','.join(VENUE_HEADER)} or {','.join(PLAIN_HEADER)}")
    body = list(rows)
    thousands = (
        not is_exact
        and bool(body)
        and _is_tiny(path, body[0], price_column=header.index("o" if "o" in header else "open"))
    )
    bars: list[Bar] = []
    known_us: list[int] = []
    for line, row in body:
        if len(row) != len(header):
            raise malformed(path, line, f"{len(row)} fields instead of {len(header)}")
        try:
            bar = _bar(row, header, interval_ms, thousands=thousands)
            if header == TAPE_HEADER:
                known_us.append(_whole(row[7]))
        except AdapterError as error:
            raise malformed(path, line, str(error)) from error
        if bars and bar.open_ms <= bars[-1].open_ms:
            raise malformed(path, line, "the open time does not ascend")
        bars.append(bar)
    if header == PLAIN_HEADER and bars:
        bars.pop()
    if not bars:
        raise malformed(path, 2, "there is no closed candle")
    return CandleFile(f"k{coin}" if thousands else coin, interval_ms, tuple(bars), tuple(known_us))


def _is_tiny(path: Path, first: tuple[int, list[str]], *, price_column: int) -> bool:
    line, row = first
    try:
        return 0 < scaled(row[price_column], 12) < THOUSANDS_BELOW_MICROS * 1_000_000
    except (AdapterError, IndexError) as error:
        raise malformed(path, line, "the first price is not a number") from error


def _bar(row: list[str], header: list[str], interval_ms: int, *, thousands: bool) -> Bar:
    price_places, volume_places = (9, 3) if thousands else (6, 6)
    if header != PLAIN_HEADER:
        open_ms, close_ms, prices, volume = _whole(row[0]), _whole(row[1]), row[2:6], row[6]
    else:
        open_ms, prices, volume = _moment_ms(row[0]), row[1:5], row[5]
        close_ms = open_ms + interval_ms - 1
    first, high, low, last = (positive(price, price_places) for price in prices)
    bar = Bar(open_ms, first, high, low, last, scaled(volume, volume_places))
    fault = bar_fault(bar, close_ms=close_ms, interval_ms=interval_ms)
    if fault:
        raise AdapterError(fault, transient=False)
    return bar


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 17):
        raise AdapterError(f"not a time in whole numbers: {text[:40]!r}", transient=False)
    return int(text)


def _moment_ms(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise AdapterError(f"not a time: {text[:40]!r}", transient=False) from error
    return to_ms(at if at.tzinfo else at.replace(tzinfo=UTC))


def is_funding_file(path: Path) -> bool:
    """Tell whether a file holds funding samples, by its header."""
    return next(rows_in(path), (1, []))[1] == FUNDING_HEADER


def read_funding(path: Path) -> dict[str, list[tuple[int, int]]]:
    """Return (sampled ms, hourly rate in 1e-10) by coin, ascending in time."""
    rates: dict[str, list[tuple[int, int]]] = {}
    for line, row in rows_in(path):
        if line == 1:
            continue
        if len(row) != len(FUNDING_HEADER):
            raise malformed(path, line, f"{len(row)} fields instead of {len(FUNDING_HEADER)}")
        try:
            rates.setdefault(row[1], []).append((_moment_ms(row[0]), scaled(row[2], 10)))
        except AdapterError as error:
            raise malformed(path, line, str(error)) from error
    return {coin: sorted(samples) for coin, samples in rates.items()}
