"""Invariants of positions and snapshots."""

from django.db.models import F, Q, Sum

from apps.trading.invariants.one_account import invariant, rows_of
from apps.trading.models import AccountSnapshot, Fill, Position


@invariant("I-04", "A position is the sum of its signed fills")
def positions_are_fill_sums(account: int | None = None) -> list[str]:
    """Positions that differ from their fills, and fills without a position."""
    traded: dict[tuple[int, str], int] = {
        (account_id, symbol): total
        for account_id, symbol, total in rows_of(Fill, account)
        .order_by()
        .values_list("account_id", "symbol")
        .annotate(total=Sum(F("side") * F("size_lots")))
    }
    held = {
        (account_id, symbol): size
        for account_id, symbol, size in rows_of(Position, account).values_list(
            "account_id", "symbol", "size_lots"
        )
    }
    return [
        f"account {account_id} {symbol}: position {held.get((account_id, symbol), 0)}, fills {total}"
        for (account_id, symbol) in sorted(traded.keys() | held.keys())
        if held.get((account_id, symbol), 0) != (total := traded.get((account_id, symbol), 0))
    ]


@invariant("I-08", "Equity of a snapshot is its cash plus its open profit")
def snapshots_add_up(account: int | None = None) -> list[str]:
    """Snapshots whose figures disagree."""
    wrong = rows_of(AccountSnapshot, account).exclude(equity_micros=F("cash_micros") + F("unrealized_micros"))
    return [f"account {row.account_id} at {row.at.isoformat()}: equity {row.equity_micros}" for row in wrong]


@invariant("I-11", "A flat position costs nothing, an open one has a cost on its own side")
def flat_means_no_cost(account: int | None = None) -> list[str]:
    """Positions whose size and cost do not belong together."""
    wrong = rows_of(Position, account).filter(
        Q(size_lots=0) & ~Q(cost_micros=0)
        | Q(size_lots__gt=0, cost_micros__lt=0)
        | Q(size_lots__lt=0, cost_micros__gt=0)
    )
    return [
        f"account {row.account_id} {row.symbol}: {row.size_lots} lots cost {row.cost_micros}" for row in wrong
    ]
