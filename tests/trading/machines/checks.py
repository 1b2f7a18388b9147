"""What is held against the rows after each step and at the end of a life, and what a life has seen.

What is asked after each step is asked in short plain statements: it is asked six thousand times.
"""

from collections import Counter
from typing import Any

from apps.core.tables import Table, ask
from apps.operations.invariants import registered
from apps.trading.models import (
    AccountSnapshot,
    Fill,
    LedgerEntry,
    Order,
    Position,
    PropAccount,
    TriggerOrder,
)
from apps.trading.services import rebuild
from apps.trading.types import CLOSED_STATUSES, TriggerStatus
from tests.trading.machines.model import Model

_ACCOUNTS, _POSITIONS, _EXITS = Table(PropAccount), Table(Position), Table(TriggerOrder)
_HISTORIES = [each._meta.db_table for each in (LedgerEntry, Fill, AccountSnapshot)]
_SNAPSHOT_FIGURES = (
    "cash_micros",
    "unrealized_micros",
    "equity_micros",
    "maintenance_micros",
    "ledger_sequence",
)
_CASH = f"SELECT SUM(amount_micros) FROM {_HISTORIES[0]} WHERE account_id = %s AND book = 'cash'"


class Watch:
    """One account from check to check; history is replayed again whenever any row that it makes has changed."""

    def __init__(self) -> None:
        self.seen: Any = None

    def check(self, account: PropAccount, model: Model) -> None:
        """Assert that the rows are whole, that they are the model's, and that history makes them again."""
        positions = _POSITIONS.fetch("WHERE account_id = %s", [account.pk])
        exits = _EXITS.fetch(
            "WHERE account_id = %s AND status = %s", [account.pk, TriggerStatus.STANDING.value]
        )
        assert account.status == model.status
        held = {row.symbol: row.size_lots for row in positions if row.size_lots}
        assert held == {symbol: size for symbol, size in model.sizes.items() if size}
        check_ends(account, held)
        check_margins(positions)
        check_exits(exits, held)
        seen = [_values(account), [_values(row) for row in positions], history_of(account)]
        if seen != self.seen:
            assert [str(each) for each in rebuild.compare_accounts(account_ids=[account.pk])] == []
            assert account.cash_micros == explained_cash(account)
            self.seen = seen


def check_ends(account: PropAccount, held: dict[str, int]) -> None:
    """A closed account has its time and holds nothing, and nothing was booked or filled after it (I-10)."""
    assert (account.closed_at is not None) == (account.status in CLOSED_STATUSES)
    if account.closed_at is None:
        return
    assert held == {}
    for table in _HISTORIES[:2]:
        late = f"SELECT COUNT(*) FROM {table} t JOIN {_ACCOUNTS.name} a ON a.id = t.account_id"
        assert ask(f"{late} WHERE a.id = %s AND t.at > a.closed_at", [account.pk]) == [(0,)]


def check_margins(positions: list[Position]) -> None:
    """Only an open isolated position has a margin (the first half of I-64; the whole is asked at the end)."""
    for row in positions:
        assert row.margin_micros == 0 or (row.is_isolated and row.size_lots)


def check_exits(exits: list[TriggerOrder], held: dict[str, int]) -> None:
    """At most one exit of a kind stands per asset, on a position of its side, with what makes it fire (I-63)."""
    assert len({(row.symbol, row.kind) for row in exits}) == len(exits)
    for row in exits:
        assert held.get(row.symbol, 0) * row.side > 0
        can_fire = {
            "stop": (row.price_micros or 0) > 0,
            "target": (row.price_micros or 0) > 0,
            "trailing": row.trail_bps > 0 and (row.best_micros or 0) > 0,
            "time": row.expires_at is not None,
        }
        assert can_fire[row.kind]


def check_everything() -> None:
    """Assert every invariant that trading registers, over all accounts of the life."""
    ours = [item for item in registered() if item.check.__module__.startswith("apps.trading.")]
    assert len(ours) > 20
    broken = {item.key: found for item in ours if (found := item.check())}
    assert broken == {}


def stored(account_id: int) -> PropAccount:
    """The account as it is stored."""
    return _ACCOUNTS.fetch("WHERE id = %s", [account_id])[0]


def stored_sizes(account_id: int) -> dict[str, int]:
    """The open positions as they are stored."""
    return {
        row.symbol: row.size_lots
        for row in _POSITIONS.fetch("WHERE account_id = %s AND size_lots <> 0", [account_id])
    }


def events() -> Counter[str]:
    """What happened to the accounts of the life, by what the rows say of it."""
    seen: Counter[str] = Counter()
    for cause, is_isolated in Order.objects.values_list("cause", "fills__is_isolated"):
        seen[f"order {cause}"] += 1
        seen[f"order {cause} isolated"] += bool(is_isolated)
    seen.update(f"exit {status}" for status in _column(TriggerOrder, "status"))
    seen.update(f"money {kind}" for kind in _column(LedgerEntry.objects.filter(book="cash"), "kind"))
    return seen


def explained_cash(account: PropAccount) -> int:
    """What came and went otherwise, plus the profits of the fills, less their fees."""
    others = ask(f"{_CASH} AND kind NOT IN ('fee', 'realized_pnl')", [account.pk])[0][0] or 0
    fills = f"SELECT SUM(realized_micros), SUM(fee_micros) FROM {_HISTORIES[1]} WHERE account_id = %s"
    realized, fees = ask(fills, [account.pk])[0]
    return int(others + (realized or 0) - (fees or 0))


def history_of(account: PropAccount) -> list[Any]:
    """Where each history ends; rows of the first two are never changed, so of the snapshots the sums are told too."""
    ends = "SELECT COUNT(*), MAX(id){} FROM {} WHERE account_id = %s"
    sums = "".join(f", SUM({name})" for name in _SNAPSHOT_FIGURES)
    return [
        ask(ends.format(sums if table == _HISTORIES[2] else "", table), [account.pk]) for table in _HISTORIES
    ]


def _values(row: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name != "_state"}


def _column(rows: Any, name: str) -> Any:
    return getattr(rows, "objects", rows).values_list(name, flat=True)
