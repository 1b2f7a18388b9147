"""Open accounts and what they hold as columns of integers, held by the process and read again only where they changed.

An account's positions, margins and balances change only together with its `ledger_sequence`, what marks make of it only
together with `last_marked_at` or `wait_reason`: columns that agree in these are the account as it stands, whichever
process wrote it. Inside somebody's transaction, which may yet be undone, nothing is held over.
"""

import json
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import FilteredRelation, Q, QuerySet, TextField
from django.db.models.functions import Cast
from numpy.typing import NDArray

from apps.core.moments import to_ms
from apps.exchange.types import Policy
from apps.exchange.valuation import AccountColumns
from apps.trading.models import PropAccount
from apps.trading.types import OPEN_STATUSES

NEVER = -1
"""Milliseconds of a moment that has not been."""
UNKNOWN = -1
"""The policy of an account that was closed while it was read."""
STATUSES = tuple(str(status) for status in OPEN_STATUSES)
"""An account's status column is the place of its status here."""
_HEAD = ("pk", "ledger_sequence", "policy_sequence", "status")
_NUMBERS = (
    ("cash", "cash_micros"),
    ("equity", "equity_micros"),
    ("peak", "peak_micros"),
    ("low", "low_micros"),
    ("base", "drawdown_base_micros"),
    ("worst_bps", "max_drawdown_bps"),
)
_MOMENTS = (
    ("marked_ms", "last_marked_at"),
    ("snapshot_ms", "last_snapshot_at"),
    ("funded_ms", "funded_through_at"),
)
_HELD = (
    ("size", "size_lots"),
    ("cost", "cost_micros"),
    ("leverage", "leverage"),
    ("is_isolated", "is_isolated"),
    ("margin", "margin_micros"),
)
_ACCOUNT = np.dtype(
    [(name, np.int64) for name in ("account", "sequence", "status", "policy")]
    + [(name, np.int64) for name, _ in (*_NUMBERS, *_MOMENTS)]
    + [("wait", object)]
)
_POSITION = np.dtype([(name, np.int64) for name in ("account", "asset", *(name for name, _ in _HELD))])
_FIELDS = (
    *_HEAD,
    *(field for _, field in _NUMBERS),
    *(field for _, field in _MOMENTS),
    "wait_reason",
    "held__symbol",
    *(f"held__{field}" for _, field in _HELD),
)
_NUMBERS_FROM = len(_HEAD)
_MOMENTS_FROM = _NUMBERS_FROM + len(_NUMBERS)
_HELD_FROM = _MOMENTS_FROM + len(_MOMENTS) + 2
_TABLE = PropAccount._meta.db_table
_PIECE = 500
"""Accounts named in one statement."""
Rows = NDArray[Any]
Head = tuple[str, ...]
"""Key, ledger sequence, policy sequence, status, microsecond of the last mark and wait of an account, in words."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARKED = {
    "postgresql": "(extract(epoch from last_marked_at) * 1000000)::bigint",
    "sqlite": "strftime('%%s', substr(last_marked_at, 1, 19)) * 1000000"
    " + CAST(substr(last_marked_at, 21, 6) AS INTEGER)",
}
"""The microsecond of the last mark, as `_mark_words` has it."""


@dataclass
class Columns:
    """Open accounts by key, and their open positions by account and symbol.

    `symbols` names what the positions' assets count, `policies` what accounts count (None where the stored policy is
    not one). `heads` says of which state each account's columns are. Who writes an account's marks writes its columns
    too; who changes it otherwise calls `forget_account`.
    """

    heads: list[Head]
    accounts: Rows
    positions: Rows
    symbols: list[str]
    policies: list[Policy | None]
    told: list[str] | None = None
    """What the database said of all accounts when these columns were last up to date."""

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where each account's positions begin, and last where they all end."""
        ends = np.searchsorted(self.positions["account"], self.accounts["account"], side="right")
        return np.concatenate((np.zeros(1, np.int64), ends)).astype(np.int64)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many positions each account has."""
        return np.diff(self.starts)

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """The row of each position's account."""
        return np.repeat(np.arange(len(self.accounts)), self.counts)

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """The policies and assets, by their places, that meet in some position."""
        width = max(len(self.symbols), 1)
        found = np.unique(self.accounts["policy"][self.owner] * width + self.positions["asset"])
        return [divmod(pair, width) for pair in found.tolist()]

    @cached_property
    def figures(self) -> AccountColumns:
        """The columns as the exchange values them; marks are no part of them."""
        held = {
            name: np.ascontiguousarray(self.positions[name])
            for name in ("asset", *(name for name, _ in _HELD))
        }
        return AccountColumns(cash=np.ascontiguousarray(self.accounts["cash"]), first=self.starts, **held)

    def note_marked(self, row: int, now: datetime) -> None:
        """The account of this row was marked at `now`, and its columns say what the mark made of it."""
        self.heads[row] = (*self.heads[row][:_NUMBERS_FROM], *_mark_words(now, ""))

    def note_wait(self, row: int, reason: str) -> None:
        """The account of this row waits for this reason, which its columns say."""
        self.accounts["wait"][row] = reason
        self.heads[row] = (*self.heads[row][: _NUMBERS_FROM + 1], *_mark_words(None, reason)[1:])

    def forget_account(self, account_id: int) -> None:
        """Have the account read again at the next look."""
        self.told = None
        self.heads[int(np.searchsorted(self.accounts["account"], account_id))] = (str(account_id),)


@dataclass(slots=True)
class _Memory:
    database: str = ""
    columns: Columns | None = None


_memory = _Memory()
_turn = threading.Lock()


def forget() -> None:
    """Drop what this process holds: the next look reads everything."""
    _memory.columns = None


@contextmanager
def open_accounts(account_ids: Collection[int] | None = None) -> Iterator[Columns]:
    """The columns of every open account, or of those named; what is held is dropped when the block fails.

    One block at a time uses the held columns. Named accounts, a block inside a transaction and one beside another
    are given columns of their own.
    """
    if account_ids is not None or connection.in_atomic_block or not _turn.acquire(blocking=False):
        yield _read(account_ids)
        return
    try:
        columns = _refreshed()
        _memory.columns = None
        yield columns
        _memory.columns = columns
    finally:
        _turn.release()


def _refreshed() -> Columns:
    """What is held, with the accounts that were opened, closed or changed since read again."""
    database = f"{connection.vendor}:{connection.settings_dict['NAME']}"
    held = _memory.columns if _memory.database == database else None
    _memory.database = database
    told = _told()
    if held is None:
        return replace(_read(None), told=told)
    if told == held.told:
        return held
    heads = set(zip(*(text.split(",") for text in told), strict=True)) if told[0] else set()
    changed = sorted({int(head[0]) for head in heads.symmetric_difference(held.heads)})
    if not changed:
        held.told = told
        return held
    if len(changed) * 4 > len(heads):
        return replace(_read(None), told=told)
    fresh = _read(changed, held.symbols, held.policies)
    stays = ~np.isin(held.accounts["account"], changed)
    kept = [head for head, is_kept in zip(held.heads, stays.tolist(), strict=True) if is_kept]
    kept_positions = held.positions[~np.isin(held.positions["account"], changed)]
    accounts = np.concatenate((held.accounts[stays], fresh.accounts))
    positions = np.concatenate((kept_positions, fresh.positions))
    return Columns(
        heads=sorted(kept + fresh.heads, key=lambda head: int(head[0])),
        accounts=accounts[np.argsort(accounts["account"], kind="stable")],
        positions=positions[np.argsort(positions["account"], kind="stable")],
        symbols=held.symbols,
        policies=held.policies,
        told=told,
    )


def _told() -> list[str]:
    """The heads of all open accounts, each part of them as one text: cheap to compare.

    A hundred thousand rows, fetched one by one, cost twice as much.
    """
    joined = "string_agg(({0})::text, ',')" if connection.vendor == "postgresql" else "group_concat({0})"
    marked = f"coalesce({_MARKED[connection.vendor]}, {NEVER})"
    parts = ("id", *_HEAD[1:], marked, "replace(wait_reason, ',', ';')")
    wanted = ", ".join(joined.format(part) for part in parts)
    marks = ", ".join(["%s"] * len(STATUSES))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {wanted} FROM {_TABLE} WHERE status IN ({marks})", STATUSES)
        return [text or "" for text in cursor.fetchone()]


def _open(account_ids: Collection[int] | None) -> QuerySet[PropAccount]:
    rows = PropAccount.objects.filter(status__in=STATUSES)
    return rows if account_ids is None else rows.filter(pk__in=account_ids)


def _read(
    account_ids: Collection[int] | None,
    symbols: list[str] | None = None,
    policies: list[Policy | None] | None = None,
) -> Columns:
    """Read accounts with their positions in one statement: each account is as it stood at one moment."""
    found = Columns(
        heads=[],
        accounts=np.empty(0, _ACCOUNT),
        positions=np.empty(0, _POSITION),
        symbols=symbols if symbols is not None else [],
        policies=policies if policies is not None else [],
    )
    keys = None if account_ids is None else sorted(account_ids)
    pieces = [None] if keys is None else [keys[at : at + _PIECE] for at in range(0, len(keys), _PIECE)]
    accounts: list[tuple[Any, ...]] = []
    positions: list[tuple[int, ...]] = []
    policy_of: dict[int, int] = {}
    places = {symbol: place for place, symbol in enumerate(found.symbols)}
    held = FilteredRelation("positions", condition=~Q(positions__size_lots=0))
    for piece in pieces:
        joined = _open(piece).annotate(held=held).order_by("pk", "held__symbol").values_list(*_FIELDS)
        for row in joined.iterator(chunk_size=5_000):
            if not accounts or accounts[-1][0] != row[0]:
                words = _mark_words(row[_MOMENTS_FROM], row[_HELD_FROM - 2])
                found.heads.append((*map(str, row[:_NUMBERS_FROM]), *words))
                accounts.append(_account(row))
            symbol = row[_HELD_FROM - 1]
            if symbol is not None:
                place = places.setdefault(symbol, len(places))
                positions.append((row[0], place, *map(int, row[_HELD_FROM:])))
        policy_of |= _policies(piece, found.policies)
    found.symbols[:] = list(places)
    found.accounts = np.array(accounts, _ACCOUNT)
    keys_read = found.accounts["account"].tolist()
    found.accounts["policy"] = [policy_of.get(key, UNKNOWN) for key in keys_read]
    found.positions = np.array(positions, _POSITION)
    return found


def _mark_words(marked_at: datetime | None, wait: str) -> Head:
    """The last two words of a head."""
    marked = NEVER if marked_at is None else (marked_at - _EPOCH) // timedelta(microseconds=1)
    return str(marked), wait.replace(",", ";")


def _account(row: tuple[Any, ...]) -> tuple[Any, ...]:
    moments = (NEVER if at is None else to_ms(at) for at in row[_MOMENTS_FROM : _HELD_FROM - 2])
    numbers = row[_NUMBERS_FROM:_MOMENTS_FROM]
    return (row[0], row[1], STATUSES.index(row[3]), UNKNOWN, *numbers, *moments, row[_HELD_FROM - 2])


def _policies(account_ids: Collection[int] | None, known: list[Policy | None]) -> dict[int, int]:
    """Which of the known policies each account has; new ones are added. An account read a moment later may have been
    given another one since: its head then says so at the next look, and no exit is decided by these columns alone.
    """
    places: dict[str, int] = {}
    result: dict[int, int] = {}
    texts = _open(account_ids).values_list("pk", Cast("policy", TextField()))
    for key, text in texts.iterator(chunk_size=5_000):
        if text not in places:
            policy = _policy(text)
            places[text] = known.index(policy) if policy in known else len(known)
            if places[text] == len(known):
                known.append(policy)
        result[key] = places[text]
    return result


@lru_cache(maxsize=1_024)
def _policy(text: str) -> Policy | None:
    try:
        return Policy.from_document(json.loads(text))
    except (ValueError, AttributeError):
        return None
