"""Invariants of the past: what the ledger and the fills make again, and that nothing in it runs backwards."""

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import Lag

from apps.trading.invariants.one_account import invariant, keys_of, rows_of
from apps.trading.models import AccountSnapshot, LedgerEntry, Order, PolicySnapshot
from apps.trading.queries.replay import CHUNK, ByAccount, ledger_rows
from apps.trading.services import rebuild
from apps.trading.types import Book


@invariant(
    "I-38", "Replaying ledger and fills from zero makes balances, positions and snapshots again", is_slow=True
)
def history_makes_the_rows_again(account: int | None = None) -> list[str]:
    """Every column that is not what the history makes of it."""
    return [str(difference) for difference in rebuild.compare(account_ids=keys_of(account))]


@invariant(
    "I-51",
    "Equity moves from snapshot to snapshot by the ledger's cash and the change of open profit",
    is_slow=True,
)
def equity_moves_by_what_happened(account: int | None = None) -> list[str]:
    """Snapshots whose equity is not the one before, plus the cash booked since, plus the change of open profit."""
    rows = ByAccount(ledger_rows(account_ids=keys_of(account)), lambda row: row.account_id)
    snapshots = (
        rows_of(AccountSnapshot, account)
        .filter(mark_set__isnull=False)
        .order_by("account_id", "ledger_sequence", "at")
        .values_list("account_id", "ledger_sequence", "at", "equity_micros", "unrealized_micros")
    )
    problems: list[str] = []
    current = sequence = equity = unrealized = 0
    coming = rows.of(0)
    for account_id, upto, at, worth, open_profit in snapshots.iterator(chunk_size=CHUNK):
        if account_id != current:
            current, sequence, equity, unrealized = account_id, 0, 0, 0
            coming = rows.of(account_id)
        booked = 0
        while sequence < upto and (row := next(coming, None)) is not None:
            sequence = row.sequence
            booked += row.amount_micros if row.book == Book.CASH else 0
        expected = equity + booked + open_profit - unrealized
        if worth != expected:
            problems.append(
                f"account {account_id} at {at.isoformat()}: equity {worth}, what happened makes {expected}"
            )
        equity, unrealized = worth, open_profit
    return problems


@invariant("I-56", "Sequences and times run forward: ledger, orders, policies and snapshots of an account")
def nothing_runs_backwards(account: int | None = None) -> list[str]:
    """Rows that are earlier than the one before them in their own sequence."""
    backwards = {
        "ledger row": _earlier(rows_of(LedgerEntry, account), "sequence", "at"),
        "order": _earlier(rows_of(Order, account), "sequence", "placed_at"),
        "policy": _earlier(rows_of(PolicySnapshot, account), "sequence", "at"),
        "snapshot": _earlier(rows_of(AccountSnapshot, account), "at", "ledger_sequence"),
    }
    return [
        f"account {row.account_id} {words} {getattr(row, key)}: {value} is before {row.before}"
        for words, (rows, key, column) in backwards.items()
        for row in rows
        for value in [getattr(row, column)]
    ]


def _earlier(rows: QuerySet, key: str, column: str) -> tuple[QuerySet, str, str]:
    before = Window(Lag(column), partition_by=F("account_id"), order_by=F(key).asc())
    return rows.annotate(before=before).filter(Q(before__gt=F(column))), key, column
