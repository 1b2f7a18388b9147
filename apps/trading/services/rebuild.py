"""Comparing what is stored with what the ledger and the fills make again from nothing; never changes a row."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.exchange import margin
from apps.exchange.types import ACTIVE, AccountState, Instrument, Quote
from apps.exchange.types import Position as PositionValue
from apps.trading.models import AccountSnapshot, InstrumentTerms, MarkSet, Position, PropAccount
from apps.trading.queries.replay import CHUNK, ByAccount, Replay, Row, fill_rows, ledger_rows
from apps.trading.seals import entry_hash, fill_digest
from apps.trading.services.terms import instrument_of
from apps.trading.types import Book

_BOOKS = tuple(str(book) for book in Book.values)
_POSITION_COLUMNS = (
    "size_lots",
    "cost_micros",
    "leverage",
    "is_isolated",
    "margin_micros",
    "realized_micros",
)


class Difference(NamedTuple):
    """One column of one row that is not what the history makes of it."""

    account: str
    table: str
    row: str
    column: str
    stored: Any
    rebuilt: Any

    def __str__(self) -> str:
        where = f"{self.account} {self.table} {self.row}".rstrip()
        return f"{where} {self.column}: stored {self.stored}, rebuilt {self.rebuilt}"


class _Snapshot(NamedTuple):
    account_id: int
    at: datetime
    cash_micros: int
    unrealized_micros: int
    equity_micros: int
    maintenance_micros: int
    ledger_sequence: int
    marks: dict[str, Any] | None


class _Past(NamedTuple):
    """What is stored of one account, each in the order of its history."""

    rows: Iterator[Row]
    fills: Iterator[Any]
    snapshots: Iterator[_Snapshot]
    positions: Iterator[Position]


def compare(*, account_ids: Collection[int] | None = None) -> Iterator[Difference]:
    """Every difference there is: of these accounts, and, where none are named, of what was pinned for all."""
    if account_ids is None:
        yield from compare_pins()
    yield from compare_accounts(account_ids=account_ids)


def compare_accounts(*, account_ids: Collection[int] | None = None) -> Iterator[Difference]:
    """Every difference between stored rows and those made again, by account in the order of their keys.

    Balances, ledger (running balances, chain, seals of the fills), positions and snapshots of each account; memory
    stays bounded by the rows of one chunk and the positions of one account.
    """
    rows = ByAccount(ledger_rows(account_ids=account_ids), _account_of)
    fills = ByAccount(fill_rows(account_ids=account_ids), _account_of)
    snapshots = ByAccount(_snapshots(account_ids), _account_of)
    positions = ByAccount(_positions(account_ids), _account_of)
    accounts = PropAccount.objects.order_by("pk")
    if account_ids is not None:
        accounts = accounts.filter(pk__in=account_ids)
    terms: dict[int, Instrument] = {}
    for account in accounts.iterator(chunk_size=CHUNK):
        key = account.pk
        past = _Past(rows.of(key), fills.of(key), snapshots.of(key), positions.of(key))
        yield from _compare(account, past, terms)


def compare_pins() -> Iterator[Difference]:
    """Instrument terms and mark sets whose digest is not that of their document."""
    for symbol, digest, document in InstrumentTerms.objects.values_list("symbol", "digest", "document"):
        made = sha256_hex(dumps_canonical(document))
        if made != digest:
            yield Difference("-", "trading_instrumentterms", symbol, "digest", digest, made)
    sets = MarkSet.objects.order_by("pk").values_list("pk", "digest", "marks")
    for key, digest, marks in sets.iterator(chunk_size=CHUNK):
        made = sha256_hex(dumps_canonical(marks))
        if made != digest:
            yield Difference("-", "trading_markset", str(key), "digest", digest, made)


def _compare(account: PropAccount, past: _Past, terms: dict[int, Instrument]) -> Iterator[Difference]:
    replay = Replay()
    name = account.public_id
    upcoming = next(past.snapshots, None)
    before = ""
    for row in replay.run(past.rows, past.fills):
        yield from _compare_row(account, replay, row, before)
        before = row.hash
        while upcoming is not None and upcoming.ledger_sequence <= row.sequence:
            yield from _compare_snapshot(name, replay, upcoming, terms)
            upcoming = next(past.snapshots, None)
    while upcoming is not None:
        later = {"ledger_sequence": (upcoming.ledger_sequence, replay.sequence)}
        yield from _differing(name, "trading_accountsnapshot", upcoming.at.isoformat(), later)
        upcoming = next(past.snapshots, None)
    for fault in replay.faults:
        yield Difference(name, "trading_fill", "", "history", fault, "one that follows")
    yield from _compare_account(account, replay)
    yield from _compare_positions(name, replay, past.positions)


def _compare_row(account: PropAccount, replay: Replay, row: Row, before: str) -> Iterator[Difference]:
    found = {
        "balance_after_micros": (row.balance_after_micros, replay.balances[row.book]),
        "previous_hash": (row.previous_hash, before),
        "hash": (row.hash, entry_hash(row, ordinal=account.ordinal)),
    }
    if row.reference.startswith("fill:") and replay.fill is not None:
        made = fill_digest(replay.fill, order_sequence=replay.fill.order_sequence)
        found["source_digest"] = (row.source_digest, made)
    yield from _differing(account.public_id, "trading_ledgerentry", str(row.sequence), found)


def _compare_account(account: PropAccount, replay: Replay) -> Iterator[Difference]:
    found: dict[str, tuple[Any, Any]] = {
        f"{book}_micros": (getattr(account, f"{book}_micros"), replay.balances[book]) for book in _BOOKS
    }
    found["ledger_sequence"] = (account.ledger_sequence, replay.sequence)
    found["ledger_group"] = (account.ledger_group, replay.group)
    found["ledger_head"] = (account.ledger_head, replay.head)
    found["order_sequence"] = (account.order_sequence, replay.order_sequence)
    if account.volume_date is not None:
        found["volume_micros"] = (account.volume_micros, replay.volume_before(account.volume_date))
    yield from _differing(account.public_id, "trading_propaccount", "", found)


def _compare_positions(name: str, replay: Replay, positions: Iterable[Position]) -> Iterator[Difference]:
    stored = {row.symbol: row for row in positions}
    for symbol in sorted(stored.keys() | replay.positions.keys()):
        row, made = stored.get(symbol), replay.positions.get(symbol)
        if row is None or made is None:
            yield Difference(name, "trading_position", symbol, "row", row is not None, made is not None)
            continue
        found = {column: (getattr(row, column), getattr(made, column)) for column in _POSITION_COLUMNS}
        if made.leverage is None:
            del found["leverage"]
        yield from _differing(name, "trading_position", symbol, found)


def _compare_snapshot(
    name: str, replay: Replay, snapshot: _Snapshot, terms: dict[int, Instrument]
) -> Iterator[Difference]:
    """A snapshot of before mark sets were kept has nothing to be made again from but its own sum."""
    found: dict[str, tuple[Any, Any]]
    if snapshot.marks is None:
        found = {"equity_micros": (snapshot.equity_micros, snapshot.cash_micros + snapshot.unrealized_micros)}
    else:
        whole = replay.sequence + (1 if replay.is_half_posted else 0)
        found = {"ledger_sequence": (snapshot.ledger_sequence, whole)}
        missing = [held.symbol for held in replay.held() if held.symbol not in snapshot.marks]
        if missing:
            found["mark_set"] = (sorted(snapshot.marks), missing)
        else:
            found |= _valued(replay, snapshot, snapshot.marks, terms)
    yield from _differing(name, "trading_accountsnapshot", snapshot.at.isoformat(), found)


def _valued(
    replay: Replay, snapshot: _Snapshot, marks: dict[str, Any], terms: dict[int, Instrument]
) -> dict[str, tuple[Any, Any]]:
    held = replay.held()
    _load_terms((marks[row.symbol][2] for row in held), terms)
    positions = tuple(
        PositionValue(
            row.symbol,
            row.size_lots,
            row.cost_micros,
            row.leverage or 1,
            row.is_isolated,
            row.margin_micros,
        )
        for row in held
    )
    quotes = {row.symbol: _quote(row.symbol, *marks[row.symbol][:2]) for row in held}
    margins = margin.measure(
        AccountState(ACTIVE, replay.balances["cash"], positions),
        quotes,
        {row.symbol: terms[marks[row.symbol][2]] for row in held},
    )
    return {
        "cash_micros": (snapshot.cash_micros, replay.balances["cash"]),
        "unrealized_micros": (snapshot.unrealized_micros, margins.unrealized_micros),
        "equity_micros": (snapshot.equity_micros, margins.equity_micros),
        "maintenance_micros": (
            snapshot.maintenance_micros,
            margins.maintenance_micros + margins.isolated_maintenance_micros,
        ),
    }


def _quote(symbol: str, mark: int, reference: str) -> Quote:
    return Quote(symbol, mark, mark, mark, 0, reference=reference)


def _load_terms(keys: Iterable[int], terms: dict[int, Instrument]) -> None:
    missing = {key for key in keys if key not in terms}
    if missing:
        rows = InstrumentTerms.objects.filter(pk__in=missing)
        terms.update({key: instrument_of(document) for key, document in rows.values_list("pk", "document")})


def _differing(account: str, table: str, row: str, found: dict[str, tuple[Any, Any]]) -> Iterator[Difference]:
    for column, (stored, rebuilt) in found.items():
        if stored != rebuilt:
            yield Difference(account, table, row, column, stored, rebuilt)


def _account_of(row: Any) -> int:
    return int(row.account_id)


def _positions(account_ids: Collection[int] | None) -> Iterator[Position]:
    rows = Position.objects.order_by("account_id", "symbol")
    if account_ids is not None:
        rows = rows.filter(account_id__in=account_ids)
    return rows.iterator(chunk_size=CHUNK)


def _snapshots(account_ids: Collection[int] | None) -> Iterator[_Snapshot]:
    rows = AccountSnapshot.objects.order_by("account_id", "ledger_sequence", "at")
    if account_ids is not None:
        rows = rows.filter(account_id__in=account_ids)
    columns = rows.values_list(*_Snapshot._fields[:-1], "mark_set__marks")
    return map(_Snapshot._make, columns.iterator(chunk_size=CHUNK))
