"""Figures to judge an account by at one of its earlier marks, from what is never thinned: orders, ledger and fills."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from apps.exchange.rounding import notional
from apps.trading.models import Order, PropAccount
from apps.trading.queries.histories import list_positions, list_snapshots
from apps.trading.queries.replay import Replay, fill_rows, ledger_rows
from apps.trading.types import OrderCause


class ResultAt(NamedTuple):
    """What an account had done up to a mark: orders executed, profit per symbol in micro-dollars after fees and funding."""

    executed_orders: int
    profit_by_symbol: Mapping[str, int]


def result_at(account: PropAccount, at: datetime) -> ResultAt:
    """The account at its last mark on record up to a moment, as its ledger stood there; orders by their own time.

    Rows are streamed: as long as the account's history up to then.
    """
    executed = _executed(account).filter(placed_at__lte=at).count()
    snapshot = list_snapshots(account, until=at).first()
    if snapshot is None:
        return ResultAt(executed, {})
    replay, keys = Replay(), [account.pk]
    rows = ledger_rows(account_ids=keys, sequence=snapshot.ledger_sequence)
    for _ in replay.run(rows, fill_rows(account_ids=keys, at=snapshot.at), is_whole=False):
        pass
    marks = snapshot.mark_set.marks if snapshot.mark_set is not None else {}
    assets = {row.symbol: row.asset for row in list_positions(account, include_flat=True)}
    profits = {}
    for symbol, held in replay.positions.items():
        profits[symbol] = held.realized_micros
        if held.size_lots and symbol in marks:
            worth = notional(marks[symbol][0], held.size_lots, assets[symbol].size_decimals)
            profits[symbol] += worth - held.cost_micros
    return ResultAt(executed, profits)


def executed_at(account: PropAccount, number: int) -> datetime | None:
    """When the account's order of that number, counted from 1, was executed for a decision; None where there is none."""
    times = _executed(account).order_by("placed_at", "pk").values_list("placed_at", flat=True)
    return next(iter(times[number - 1 : number]), None)


def _executed(account: PropAccount) -> QuerySet[Order]:
    return Order.objects.filter(account=account, cause=OrderCause.ACTION).order_by()
