"""Open accounts and what they hold as columns of integers, held by the process and read again only where they changed.

An account's positions, margins and balances change only together with its `ledger_sequence`, so columns of the same
sequence are the account as it stands. Inside somebody's transaction, which may yet be undone, nothing is held over.
"""

import json
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import FilteredRelation, Q, QuerySet, TextField
from django.db.models.functions import Cast
from numpy.typing import NDArray

from apps.core.moments import to_ms
from apps.exchange.types import Policy
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
_PIECE = 500
"""Accounts named in one statement."""
Rows = NDArray[Any]
Head = tuple[int, int, int, str]


@dataclass(slots=True)
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

    def starts(self) -> NDArray[np.int64]:
        """Where each account's positions begin, and last where they all end."""
        ends = np.searchsorted(self.positions["account"], self.accounts["account"], side="right")
        return np.concatenate((np.zeros(1, np.int64), ends)).astype(np.int64)

    def forget_account(self, account_id: int) -> None:
        """Have the account read again at the next look."""
        place = int(np.searchsorted(self.accounts["account"], account_id))
        self.heads[place] = (account_id, NEVER, NEVER, "")


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
    if held is None:
        return _read(None)
    heads: list[Head] = list(_open(None).order_by("pk").values_list(*_HEAD))
    if heads == held.heads:
        return held
    changed = sorted({head[0] for head in set(heads) ^ set(held.heads)})
    if len(changed) * 4 > len(heads):
        return _read(None)
    fresh = _read(changed, held.symbols, held.policies)
    stays = ~np.isin(held.accounts["account"], changed)
    kept = [head for head, is_kept in zip(held.heads, stays.tolist(), strict=True) if is_kept]
    kept_positions = held.positions[~np.isin(held.positions["account"], changed)]
    accounts = np.concatenate((held.accounts[stays], fresh.accounts))
    positions = np.concatenate((kept_positions, fresh.positions))
    return Columns(
        heads=sorted(kept + fresh.heads),
        accounts=accounts[np.argsort(accounts["account"], kind="stable")],
        positions=positions[np.argsort(positions["account"], kind="stable")],
        symbols=held.symbols,
        policies=held.policies,
    )


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
            if not found.heads or found.heads[-1][0] != row[0]:
                found.heads.append(row[:_NUMBERS_FROM])
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
