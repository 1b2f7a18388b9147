"""The rows of executions as ready tuples, and putting them down in few statements."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

from apps.core.tables import Table, moment
from apps.trading.models import ActionVerdict, ExecutionRecord, Fill, Order, Position, PropAccount
from apps.trading.types import OrderStatus


class OrderRow(NamedTuple):
    """An order before it is written; all orders are born filled."""

    account_id: int
    sequence: int
    action_id: int | None
    cause: str
    asset_id: int
    symbol: str
    side: int
    size_lots: int
    placed_at: datetime


class FillRow(NamedTuple):
    """A fill before it is written; its order and its terms get their keys then."""

    index: int  # type: ignore[assignment] # named as the column is, and no row looks for a value's place
    account_id: int
    asset_id: int
    symbol: str
    side: int
    size_lots: int
    price_micros: int
    notional_micros: int
    fee_micros: int
    realized_micros: int
    mid_micros: int
    half_spread_micros: int
    walk_micros: int
    book_reference: str
    quote_reference: str
    leverage: int
    is_isolated: bool
    margin_micros: int
    taken_lots: int
    price_age_ms: int
    kernel_version: str
    at: datetime
    terms_digest: str


class RecordRow(NamedTuple):
    """A sealed record before it is written; its verdict gets its key first."""

    account_id: int
    sequence: int
    document: str
    previous_digest: str
    digest: str


_VERDICT = ("id", "action_id", "account_id", "status", "reason_code", "detail", "at")
_POSITION = (
    "account_id",
    "asset_id",
    "symbol",
    "size_lots",
    "cost_micros",
    "leverage",
    "realized_micros",
    "is_isolated",
    "margin_micros",
    "updated_at",
)
_VERDICTS = Table(ActionVerdict, _VERDICT)
_ORDERS = Table(Order, ("id", *OrderRow._fields, "public_id", "status"))
_FILLS = Table(Fill, (*FillRow._fields[:-1], "order_id", "terms_id"))
_RECORDS = Table(ExecutionRecord, (*RecordRow._fields, "verdict_id"))
_POSITIONS = Table(Position, _POSITION)
_POSITION_MOVES = 'ON CONFLICT ("account_id", "asset_id") DO UPDATE SET ' + ", ".join(
    f'"{name}" = excluded."{name}"' for name in _POSITION[3:]
)


def write_verdicts(verdicts: Sequence[ActionVerdict]) -> None:
    """Insert verdicts and give them their keys."""
    if not verdicts:
        return
    keys = _VERDICTS.reserve(len(verdicts))
    ready = []
    for key, verdict in zip(keys, verdicts, strict=True):
        verdict.pk, verdict._state.adding = key, False
        values = (verdict.reason_code, verdict.detail, moment(verdict.at))
        ready.append((key, verdict.action_id, verdict.account_id, str(verdict.status), *values))
    _VERDICTS.insert(ready)


def write_orders(orders: Sequence[OrderRow]) -> list[int]:
    """Insert orders; returns their keys in the same order."""
    if not orders:
        return []
    keys, field = _ORDERS.reserve(len(orders)), Order._meta.get_field("public_id")
    _ORDERS.insert(
        [
            (key, *row[:-1], moment(row.placed_at), field.get_default(), OrderStatus.FILLED.value)
            for key, row in zip(keys, orders, strict=True)
        ]
    )
    return keys


def write_fills(fills: Sequence[tuple[int, int, FillRow]]) -> None:
    """Insert fills, each given with the keys of its order and of its instrument's terms."""
    _FILLS.insert([(*row[:-2], moment(row.at), order_id, terms_id) for order_id, terms_id, row in fills])


def write_records(records: Sequence[tuple[ActionVerdict, RecordRow]]) -> None:
    """Insert records, each given with its verdict, which is written."""
    _RECORDS.insert([(*row, verdict.pk) for verdict, row in records])


def write_positions(positions: Sequence[Position]) -> None:
    """Insert new positions and move known ones, each as it stands now."""
    ready = [
        (
            row.account_id,
            row.asset_id,
            row.symbol,
            row.size_lots,
            row.cost_micros,
            row.leverage,
            row.realized_micros,
            row.is_isolated,
            row.margin_micros,
            moment(row.updated_at),
        )
        for row in sorted(positions, key=lambda row: (row.account_id, row.asset_id))
    ]
    _POSITIONS.insert(ready, unless=_POSITION_MOVES)


class AccountColumns:
    """Some columns of accounts, written for many accounts at once."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._table = Table(PropAccount, names)

    def write(self, accounts: Sequence[PropAccount]) -> None:
        """Put the columns down as they stand on the accounts; the caller holds their locks."""
        self._table.update(
            [
                (*(_plain(getattr(account, name)) for name in self._names), account.pk)
                for account in sorted(accounts, key=lambda account: account.pk)
            ]
        )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return moment(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
