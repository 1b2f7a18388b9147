"""The streams of a tape in memory: rows of whole numbers by time, searchable."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from apps.market.adapters.replay import files
from apps.market.adapters.replay.tape import BOOKS, CONTEXTS, FUNDING, HEADERS, QUOTES, TapeFile
from apps.market.types import BookTick

NOTHING = -(2**63)
"""Stands for an empty field in a column."""
Row = tuple[int | None, ...]


class Track:
    """Rows as int64 columns; the first is the time in microseconds and ascends."""

    def __init__(self, rows: Sequence[Sequence[int | None]]) -> None:
        """Turn rows into columns."""
        columns = list(zip(*rows, strict=True)) or [()]
        self._columns = [
            array("q", (NOTHING if value is None else value for value in column)) for column in columns
        ]

    def last(self, at_us: int, *, holds_us: int) -> Row | None:
        """Return the last row up to a moment, None before the first and where it is older than it holds."""
        moments = self._columns[0]
        place = bisect_right(moments, at_us) - 1
        return self._row(place) if place >= 0 and at_us - moments[place] < holds_us else None

    def between(self, start_us: int, end_us: int) -> list[Row]:
        """Return the rows in [start, end]."""
        moments = self._columns[0]
        return [
            self._row(place) for place in range(bisect_left(moments, start_us), bisect_right(moments, end_us))
        ]

    def _row(self, place: int) -> Row:
        return tuple(None if (value := column[place]) == NOTHING else value for column in self._columns)


@dataclass(slots=True)
class Tracks:
    """The streams of a tape besides its candles, by symbol."""

    quotes: dict[str, Track] = field(default_factory=dict)
    contexts: dict[str, Track] = field(default_factory=dict)
    funding: dict[str, Track] = field(default_factory=dict)
    books: dict[str, "BookTrack"] = field(default_factory=dict)


class BookTrack:
    """Books by time, their sides kept as text until asked for."""

    def __init__(self, symbol: str, rows: Sequence[Sequence[str]]) -> None:
        """Index the rows of a file of books."""
        self._symbol = symbol
        self._moments = array("q", (int(row[0]) for row in rows))
        self._sides = [(row[1], row[2]) for row in rows]

    def last(self, at_us: int, *, holds_us: int) -> BookTick | None:
        """Return the last book up to a moment, None where it is older than it holds."""
        place = bisect_right(self._moments, at_us) - 1
        if place < 0 or at_us - self._moments[place] >= holds_us:
            return None
        bids, asks = self._sides[place]
        return BookTick(self._symbol, levels_of(bids), levels_of(asks))


def text_of(levels: Sequence[Sequence[int]]) -> str:
    """Return one side of a book as text: price:lots, best first."""
    return " ".join(f"{price}:{lots}" for price, lots in levels)


def levels_of(text: str) -> tuple[tuple[int, int], ...]:
    """Return one side of a book from its text."""
    pairs = (level.split(":") for level in text.split(" ") if level)
    return tuple((int(price), int(lots)) for price, lots in pairs)


def read_tracks(folder: Path, chosen: Sequence[TapeFile]) -> Tracks:
    """Return the streams of these files of a tape but candles; raises InvalidInput naming file and line."""
    tracks = Tracks()
    of_kind = {QUOTES: tracks.quotes, CONTEXTS: tracks.contexts, FUNDING: tracks.funding}
    for file in chosen:
        if file.kind == BOOKS:
            tracks.books[file.symbol] = BookTrack(file.symbol, list(book_rows(folder, file)))
        elif file.kind in of_kind:
            of_kind[file.kind][file.symbol] = Track(list(number_rows(folder, file)))
    return tracks


def number_rows(folder: Path, file: TapeFile) -> Iterator[Row]:
    """Yield the rows of a stream of whole numbers, ascending in time; raises InvalidInput naming file and line."""
    for line, row in _checked(folder, file):
        if not all(_WHOLE.fullmatch(text) for text in row):
            raise files.malformed(folder / file.name, line, "a field is not a whole number")
        yield tuple(int(text) if text else None for text in row)


def book_rows(folder: Path, file: TapeFile) -> Iterator[list[str]]:
    """Yield the rows of a file of books, ascending in time; raises InvalidInput naming file and line."""
    for line, row in _checked(folder, file):
        if not (_SIDE.fullmatch(row[1]) and _SIDE.fullmatch(row[2]) and _WHOLE.fullmatch(row[3])):
            raise files.malformed(folder / file.name, line, "a side of the book is not price:lots ...")
        yield row


def _checked(folder: Path, file: TapeFile) -> Iterator[tuple[int, list[str]]]:
    """The lines under the header, each with its fields and a later time than the one before."""
    path = folder / file.name
    rows = files.rows_in(path)
    if next(rows, (1, []))[1] != list(HEADERS[file.kind]):
        raise files.malformed(path, 1, f"the header is not {','.join(HEADERS[file.kind])}")
    before = -1
    for line, row in rows:
        if len(row) != len(HEADERS[file.kind]):
            raise files.malformed(path, line, f"{len(row)} fields instead of {len(HEADERS[file.kind])}")
        if not (row[0].isascii() and row[0].isdigit() and before < int(row[0]) < 2**63):
            raise files.malformed(path, line, "the time does not ascend")
        before = int(row[0])
        yield line, row


_WHOLE = re.compile(r"-?[0-9]{1,18}|", re.ASCII)
_SIDE = re.compile(r"([0-9]{1,18}:[0-9]{1,18}( |$))*", re.ASCII)
