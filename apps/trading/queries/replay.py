"""Accounts made again from their ledger rows and fills alone, in ledger order, one row at a time.

Nothing here reads a balance of `PropAccount` or a column of `Position`: those are what the result is compared with.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import F

from apps.exchange.figures import Held
from apps.exchange.positions import move
from apps.exchange.types import LedgerKind
from apps.trading.models import Fill, LedgerEntry
from apps.trading.types import Book

CHUNK = 2000
"""Rows held in memory at once by each stream."""
VOLUME_DAYS = 14
_FIRST_KERNEL = "exchange-1"
T = TypeVar("T")


class Row(NamedTuple):
    """A ledger row as the replay reads it, under the names of its columns."""

    account_id: int
    sequence: int
    group: int
    book: str
    kind: str
    amount_micros: int
    balance_after_micros: int
    reference: str
    source_digest: str
    at: datetime
    previous_hash: str
    hash: str


class PositionAsOf(NamedTuple):
    """A position as its fills and funding made it; `leverage` is None where old fills did not record it."""

    symbol: str
    size_lots: int = 0
    cost_micros: int = 0
    leverage: int | None = 1
    is_isolated: bool = False
    margin_micros: int = 0
    realized_micros: int = 0


class Replay:
    """One account on its way through its ledger: balances by book, positions by symbol, where the ledger stands.

    `is_half_posted` holds between the legs of a posting; `fill` is the last one taken, `traded` the notional by UTC
    day. `faults` names what cannot be followed: fills and ledger rows that do not meet, profits that are not those of
    the position.
    """

    def __init__(self) -> None:
        self.balances: dict[str, int] = dict.fromkeys((str(book) for book in Book.values), 0)
        self.positions: dict[str, PositionAsOf] = {}
        self.sequence = 0
        self.group = 0
        self.head = ""
        self.is_half_posted = False
        self.at: datetime | None = None
        self.order_sequence = 0
        self.fill: Any = None
        self.traded: dict[date, int] = {}
        self.faults: list[str] = []

    def run(self, rows: Iterable[Row], fills: Iterable[Any], *, is_whole: bool = True) -> Iterator[Row]:
        """Take the account's rows and fills, both in order; yields each row once it has been taken.

        Fills after the last row are a fault where the rows are the whole ledger, not an earlier part of it.
        """
        coming = iter(fills)
        following = next(coming, None)
        place = (0, 0)
        for row in rows:
            self._post(row)
            if row.kind == LedgerKind.FUNDING and row.book == Book.CASH:
                self._fund(row)
            elif row.reference.startswith("fill:") and (named := _named_place(row)) > place:
                place = named
                while following is not None and _place(following) < place:
                    self._unnamed(following)
                    following = next(coming, None)
                if following is None or _place(following) != place:
                    self.faults.append(f"ledger row {row.sequence}: there is no fill {place[0]}/{place[1]}")
                else:
                    self.take(following)
                    following = next(coming, None)
            yield row
        while is_whole and following is not None:
            self._unnamed(following)
            following = next(coming, None)

    def take(self, fill: Any) -> None:
        """Move the position by one fill, as the exchange's own rule does."""
        self.fill = fill
        self.order_sequence = fill.order_sequence
        day = fill.at.astimezone(UTC).date()
        self.traded[day] = self.traded.get(day, 0) + fill.notional_micros
        held = self.positions.get(fill.symbol, PositionAsOf(fill.symbol))
        figures = Held(
            held.size_lots, held.cost_micros, held.leverage or 1, int(held.is_isolated), held.margin_micros
        )
        traded = Held(
            fill.side * fill.size_lots,
            fill.side * fill.notional_micros,
            fill.leverage,
            int(fill.is_isolated),
            fill.margin_micros,
        )
        try:
            moved = move(figures, traded)
        except ValueError as error:
            self.faults.append(f"{_words(fill)}: {error}")
            return
        if moved.realized != fill.realized_micros:
            self.faults.append(
                f"{_words(fill)}: realized {fill.realized_micros}, its position says {moved.realized}"
            )
        after = moved.held
        kept = (
            fill.realized_micros - fill.fee_micros
        )  # a part that was liquidated leaves all its margin behind
        is_part = bool(after.is_isolated) and abs(after.size) < abs(held.size_lots)
        change = kept if is_part and fill.margin_micros == kept else moved.margin
        if change != fill.margin_micros:
            self.faults.append(f"{_words(fill)}: margin {fill.margin_micros}, its position says {change}")
        self.positions[fill.symbol] = PositionAsOf(
            symbol=fill.symbol,
            size_lots=after.size,
            cost_micros=after.cost,
            leverage=None if fill.kernel_version == _FIRST_KERNEL else fill.leverage,
            is_isolated=bool(after.is_isolated),
            margin_micros=held.margin_micros + change,
            realized_micros=held.realized_micros + fill.realized_micros - fill.fee_micros,
        )

    def volume_before(self, day: date) -> int:
        """Notional traded in the fourteen full UTC days before `day`, in micro-dollars."""
        first = day - timedelta(days=VOLUME_DAYS)
        return sum(notional for traded, notional in self.traded.items() if first <= traded < day)

    def held(self) -> list[PositionAsOf]:
        """The open positions in the order of their symbols."""
        return [
            self.positions[symbol] for symbol in sorted(self.positions) if self.positions[symbol].size_lots
        ]

    def _post(self, row: Row) -> None:
        self.balances[row.book] = self.balances.get(row.book, 0) + row.amount_micros
        self.sequence, self.group, self.head, self.at = row.sequence, row.group, row.hash, row.at
        self.is_half_posted = row.book == Book.CASH

    def _unnamed(self, fill: Any) -> None:
        self.faults.append(f"{_words(fill)}: no ledger row names it")

    def _fund(self, row: Row) -> None:
        symbol = row.reference.removeprefix("funding:").rpartition(":")[0]
        held = self.positions.get(symbol)
        if held is None:
            self.faults.append(f"ledger row {row.sequence}: funding of {symbol}, which was never held")
            return
        self.positions[symbol] = held._replace(
            margin_micros=held.margin_micros + (row.amount_micros if held.is_isolated else 0),
            realized_micros=held.realized_micros + row.amount_micros,
        )


def ledger_rows(
    *, account_ids: Collection[int] | None = None, sequence: int | None = None, at: datetime | None = None
) -> Iterator[Row]:
    """Ledger rows by account and sequence, up to a sequence or a moment; streamed."""
    rows = LedgerEntry.objects.order_by("account_id", "sequence")
    if account_ids is not None:
        rows = rows.filter(account_id__in=account_ids)
    if sequence is not None:
        rows = rows.filter(sequence__lte=sequence)
    if at is not None:
        rows = rows.filter(at__lte=at)
    return map(Row._make, rows.values_list(*Row._fields).iterator(chunk_size=CHUNK))


def fill_rows(
    *,
    account_ids: Collection[int] | None = None,
    sequence: int | None = None,
    at: datetime | None = None,
) -> Iterator[Any]:
    """Fills by account and place, up to an order or a moment, each with its order, terms, asset and its order's
    `order_sequence`; streamed.
    """
    fills = Fill.objects.order_by("account_id", "order__sequence", "index")
    if sequence is not None:
        fills = fills.filter(order__sequence__lte=sequence)
    if account_ids is not None:
        fills = fills.filter(account_id__in=account_ids)
    if at is not None:
        fills = fills.filter(at__lte=at)
    return (
        fills.select_related("order", "terms", "asset")
        .annotate(order_sequence=F("order__sequence"))
        .iterator(chunk_size=CHUNK)
    )


class ByAccount(Generic[T]):
    """A stream that is ordered by account, handed out account by account in that order."""

    def __init__(self, rows: Iterator[T], account_of: Callable[[T], int]) -> None:
        self._rows = rows
        self._account_of = account_of
        self._next = next(rows, None)

    def of(self, account_id: int) -> Iterator[T]:
        """The rows of this account; those of accounts before it that nobody asked for are passed over."""
        while self._next is not None and self._account_of(self._next) < account_id:
            self._next = next(self._rows, None)
        while self._next is not None and self._account_of(self._next) == account_id:
            row = self._next
            self._next = next(self._rows, None)
            yield row


def _place(fill: Any) -> tuple[int, int]:
    return fill.order_sequence, fill.index


def _words(fill: Any) -> str:
    return f"fill {fill.order_sequence}/{fill.index}"


def _named_place(row: Row) -> tuple[int, int]:
    _, order, index, *_ = row.reference.split(":")
    return int(order), int(index)
