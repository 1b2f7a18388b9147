"""Open accounts and what they hold as columns of integers, held by the process and read again only where they changed.

An account's positions, margins and balances change only together with its `ledger_sequence`, what marks make of it only
together with `last_marked_at` or `wait_reason`: columns that agree in these are the account as it stands, whichever
process wrote it. Inside somebody's transaction, which may yet be undone, nothing is held over.
"""

import json
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import FilteredRelation, Q, QuerySet, TextField
from django.db.models.functions import Cast
from numpy.typing import NDArray

from apps.core.moments import to_micros, to_ms
from apps.exchange.types import Policy
from apps.exchange.valuation import AccountColumns
from apps.trading.models import PropAccount
from apps.trading.types import OPEN_STATUSES

NEVER = -1
"""The number of a moment that has not been."""
UNKNOWN = -1
"""The policy of an account that was closed while it was read; the sequence of one that is to be read again."""
STATUSES = tuple(str(status) for status in OPEN_STATUSES)
"""An account's status column is the place of its status here."""
_HEAD = ("pk", "ledger_sequence", "policy_sequence", "status", "last_marked_at", "wait_reason")
_NUMBERS = (
    ("cash", "cash_micros"),
    ("equity", "equity_micros"),
    ("peak", "peak_micros"),
    ("low", "low_micros"),
    ("base", "drawdown_base_micros"),
    ("worst_bps", "max_drawdown_bps"),
)
_MOMENTS = (("snapshot_ms", "last_snapshot_at"), ("funded_ms", "funded_through_at"))
_HELD = (
    ("size", "size_lots"),
    ("cost", "cost_micros"),
    ("leverage", "leverage"),
    ("is_isolated", "is_isolated"),
    ("margin", "margin_micros"),
)
HEAD = ("account", "sequence", "policy_sequence", "status", "marked_us", "wait")
"""The columns of an account that say of which state the others are."""
_ACCOUNT = np.dtype(
    [(name, np.int64) for name in (*HEAD, "policy", *(name for name, _ in (*_NUMBERS, *_MOMENTS)))]
)
_POSITION = np.dtype([(name, np.int64) for name in ("account", "asset", *(name for name, _ in _HELD))])
_FIELDS = (
    *_HEAD,
    *(field for _, field in (*_NUMBERS, *_MOMENTS)),
    "held__symbol",
    *(f"held__{field}" for _, field in _HELD),
)
_NUMBERS_FROM = len(_HEAD)
_MOMENTS_FROM = _NUMBERS_FROM + len(_NUMBERS)
_SYMBOL = _MOMENTS_FROM + len(_MOMENTS)
_TABLE = PropAccount._meta.db_table
_PIECE = 500
"""Accounts named in one statement."""
Rows = NDArray[Any]


@dataclass
class Columns:
    """Open accounts by key, and their open positions by account and symbol.

    `symbols` names what the positions' assets count, `reasons` what the accounts' waits count (the first is none),
    `policies` what accounts count (None where the stored policy is not one). Who writes an account's marks writes its
    columns too; who changes it otherwise calls `forget_account`.
    """

    accounts: Rows
    positions: Rows
    symbols: list[str]
    policies: list[Policy | None]
    reasons: list[str]
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

    def reason_place(self, reason: str) -> int:
        """The number of this reason to wait."""
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason)

    def forget_account(self, account_id: int) -> None:
        """Have the account read again at the next look."""
        self.told = None
        self.accounts["sequence"][np.searchsorted(self.accounts["account"], account_id)] = UNKNOWN


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
        held = _read(None)
    elif told != held.told:
        changed = _changed(held, told)
        if len(changed) * 4 > len(held.accounts):
            held = _read(None)
        elif len(changed):
            held = _mended(held, changed)
    held.told = told
    return held


def _mended(held: Columns, changed: NDArray[np.int64]) -> Columns:
    """The columns with these accounts read again; one that is not open any more is left out."""
    fresh = _read(changed.tolist(), held)
    accounts = held.accounts[~np.isin(held.accounts["account"], changed)]
    positions = held.positions[~np.isin(held.positions["account"], changed)]
    return Columns(
        accounts=_by_account(np.concatenate((accounts, fresh.accounts))),
        positions=_by_account(np.concatenate((positions, fresh.positions))),
        symbols=held.symbols,
        policies=held.policies,
        reasons=held.reasons,
    )


def _by_account(rows: Rows) -> Rows:
    return rows[np.argsort(rows["account"], kind="stable")]


def _told() -> list[str]:
    """The heads of all open accounts, each part of them as one text: cheap to compare, and fetched in one piece."""
    joined = "string_agg(({0})::text, ',')" if connection.vendor == "postgresql" else "group_concat({0})"
    places = " ".join(f"WHEN '{status}' THEN {place}" for place, status in enumerate(STATUSES))
    marked = {
        "postgresql": f"coalesce((extract(epoch from last_marked_at) * 1000000)::bigint, {NEVER})",
        "sqlite": "coalesce(last_marked_at, 'NaT')",
    }[connection.vendor]
    parts = ("id", *_HEAD[1:3], f"CASE status {places} END", marked, "length(wait_reason)")
    wanted = ", ".join(joined.format(part) for part in parts)
    marks = ", ".join(["%s"] * len(STATUSES))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {wanted} FROM {_TABLE} WHERE status IN ({marks})", STATUSES)
        return [text or "" for text in cursor.fetchone()]


def _changed(held: Columns, told: list[str]) -> NDArray[np.int64]:
    """The accounts whose heads differ from what was told of them, or that only one side knows.

    Of a wait only the length of its reason is told: who waits for another reason of the same length is written again
    when its own look says so.
    """
    ours = {name: held.accounts[name] for name in HEAD}
    ours["wait"] = np.array([len(reason) for reason in held.reasons], np.int64)[ours["wait"]]
    theirs = dict(zip(HEAD, (_numbers(text) for text in told), strict=True))
    both, here, there = np.intersect1d(
        ours["account"], theirs["account"], assume_unique=True, return_indices=True
    )
    is_other = np.zeros(len(both), bool)
    for name in HEAD[1:]:
        is_other |= ours[name][here] != theirs[name][there]
    single = np.setxor1d(ours["account"], theirs["account"], assume_unique=True)
    return np.sort(np.concatenate((both[is_other], single)))


def _numbers(text: str) -> NDArray[np.int64]:
    """The numbers that were told as one text; SQLite's times have words."""
    if ":" not in text and "N" not in text:
        return np.fromstring(text, np.int64, sep=",")
    micros = np.array(text.split(","), "datetime64[us]")
    return np.where(np.isnat(micros), NEVER, micros.astype(np.int64))


def _open(account_ids: Collection[int] | None) -> QuerySet[PropAccount]:
    rows = PropAccount.objects.filter(status__in=STATUSES)
    return rows if account_ids is None else rows.filter(pk__in=account_ids)


def _read(account_ids: Collection[int] | None, known: Columns | None = None) -> Columns:
    """Read accounts with their positions in one statement: each account is as it stood at one moment.

    What `known` columns count is counted on.
    """
    names = known or Columns(np.empty(0), np.empty(0), [], [], [""])
    keys = None if account_ids is None else sorted(account_ids)
    pieces = [None] if keys is None else [keys[at : at + _PIECE] for at in range(0, len(keys), _PIECE)]
    accounts: list[tuple[int, ...]] = []
    positions: list[tuple[int, ...]] = []
    policy_of: dict[int, int] = {}
    places = {symbol: place for place, symbol in enumerate(names.symbols)}
    held = FilteredRelation("positions", condition=~Q(positions__size_lots=0))
    for piece in pieces:
        joined = _open(piece).annotate(held=held).order_by("pk", "held__symbol").values_list(*_FIELDS)
        for row in joined.iterator(chunk_size=5_000):
            if not accounts or accounts[-1][0] != row[0]:
                accounts.append(_account(row, names))
            symbol = row[_SYMBOL]
            if symbol is not None:
                place = places.setdefault(symbol, len(places))
                positions.append((row[0], place, *map(int, row[_SYMBOL + 1 :])))
        policy_of |= _policies(piece, names.policies)
    names.symbols[:] = list(places)
    found = np.array(accounts, _ACCOUNT)
    found["policy"] = [policy_of.get(key, UNKNOWN) for key in found["account"].tolist()]
    return Columns(found, np.array(positions, _POSITION), names.symbols, names.policies, names.reasons)


def _account(row: tuple[Any, ...], names: Columns) -> tuple[int, ...]:
    key, sequence, policy_sequence, status, marked_at, wait = row[:_NUMBERS_FROM]
    marked = NEVER if marked_at is None else to_micros(marked_at)
    head = (key, sequence, policy_sequence, STATUSES.index(status), marked, names.reason_place(wait))
    moments = (NEVER if at is None else to_ms(at) for at in row[_MOMENTS_FROM:_SYMBOL])
    return (*head, UNKNOWN, *row[_NUMBERS_FROM:_MOMENTS_FROM], *moments)


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
