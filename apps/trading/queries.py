"""Reads of prop trading: accounts, results, leaderboards, histories and the ledger's fingerprint."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from apps.core.errors import NotFound
from apps.exchange import performance
from apps.exchange.rounding import notional
from apps.trading.models import (
    AccountSnapshot,
    ActionVerdict,
    Fill,
    LedgerEntry,
    Order,
    Position,
    PropAccount,
)
from apps.trading.seals import combined_hash
from apps.trading.types import AccountResult, EquityPoint, LeaderboardRow, VerdictStatus


def find_account(public_id: str) -> PropAccount | None:
    """The account of that public id, or None."""
    return PropAccount.objects.select_related("clone").filter(public_id=public_id).first()


def get_account(public_id: str) -> PropAccount:
    """The account of that public id; raises NotFound."""
    account = find_account(public_id)
    if account is None:
        raise NotFound("There is no such prop account.")
    return account


def list_accounts(
    *,
    clone: Any | None = None,
    purposes: Collection[str] | None = None,
    statuses: Collection[str] | None = None,
    owner: Any | None = None,
) -> QuerySet[PropAccount]:
    """Accounts in the order of their opening, narrowed by clone, purpose, status or the clone's owner."""
    accounts = PropAccount.objects.select_related("clone").order_by("ordinal")
    if clone is not None:
        accounts = accounts.filter(clone=clone)
    if owner is not None:
        accounts = accounts.filter(clone__owner=owner)
    if purposes is not None:
        accounts = accounts.filter(purpose__in=purposes)
    if statuses is not None:
        accounts = accounts.filter(status__in=statuses)
    return accounts


def account_result(account: PropAccount) -> AccountResult:
    """Figures to judge an account by, at its last mark, after fees and funding. Reads the rows afresh."""
    account = PropAccount.objects.get(pk=account.pk)
    positions = list(list_positions(account, include_flat=True))
    return AccountResult(
        account_id=account.pk,
        public_id=account.public_id,
        status=account.status,
        start=account.starting_micros,
        equity=account.equity_micros,
        peak=account.peak_micros,
        low=account.low_micros,
        max_drawdown_bps=account.max_drawdown_bps,
        executed_orders=account.executed_count,
        profit_by_symbol={row.symbol: row.realized_micros + unrealized_micros(row) for row in positions},
        open_positions=sum(1 for row in positions if row.size_lots != 0),
        last_marked_at=account.last_marked_at,
        opened_at=account.opened_at,
        closed_at=account.closed_at,
        closed_reason=account.closed_reason,
    )


def unrealized_micros(position: Position) -> int:
    """Open profit of a position at its last accepted mark, in micro-dollars; 0 when flat."""
    if position.size_lots == 0 or position.mark_micros is None:
        return 0
    value = notional(position.mark_micros, position.size_lots, position.asset.size_decimals)
    return value - position.cost_micros


def leaderboard_rows(account_ids: Iterable[int]) -> list[LeaderboardRow]:
    """The accounts as leaderboard rows, best equity return first, ties by opening order."""
    ids = list(account_ids)
    held = Count("positions", filter=~Q(positions__size_lots=0))
    accounts = PropAccount.objects.filter(pk__in=ids).annotate(held=held).order_by("ordinal")
    rows = [_leaderboard_row(account, account.held) for account in accounts]
    return sorted(rows, key=lambda row: -row.return_bps)


def _leaderboard_row(account: PropAccount, held: int) -> LeaderboardRow:
    return LeaderboardRow(
        account_id=account.pk,
        public_id=account.public_id,
        clone_id=account.clone_id,
        status=account.status,
        starting_micros=account.starting_micros,
        equity_micros=account.equity_micros,
        return_bps=performance.return_bps(account.starting_micros, account.equity_micros),
        max_drawdown_bps=account.max_drawdown_bps,
        executed_orders=account.executed_count,
        open_positions=held,
        last_marked_at=account.last_marked_at,
    )


def equity_series(account: PropAccount | int, *, limit: int = 200) -> list[EquityPoint]:
    """Equity over time, oldest first: all of it, or `limit` moments evenly spaced over the account's life.

    Between two marks the earlier one counts, so moments in a long silence give one point together. The
    newest point is always there. However long the life, about `limit` rows are read.
    """
    key = account if isinstance(account, int) else account.pk
    snapshots = AccountSnapshot.objects.filter(account_id=key)
    newest = list(snapshots.order_by("-at").values_list("at", "equity_micros")[: limit + 1])
    if len(newest) <= limit:
        return [EquityPoint(at, equity) for at, equity in reversed(newest)]
    last = newest[0][0]
    first = snapshots.order_by("at").values_list("at", flat=True)[0]
    moments = [last - (last - first) * place / limit for place in range(limit)]
    chosen = AccountSnapshot.objects.filter(pk__in=_last_marks(key, moments)).order_by("at")
    return [EquityPoint(at, equity) for at, equity in chosen.values_list("at", "equity_micros")]


def _last_marks(account_id: int, moments: Sequence[datetime]) -> set[int]:
    """Keys of the account's last snapshot at each moment; one probe of the index a moment."""
    adapt = connection.ops.adapt_datetimefield_value
    places = ",".join(["(%s)"] * len(moments))
    sql = f"""
        WITH wanted (moment) AS (VALUES {places})
        SELECT (
            SELECT id FROM trading_accountsnapshot
            WHERE account_id = %s AND at <= wanted.moment ORDER BY at DESC LIMIT 1
        ) FROM wanted
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [*map(adapt, moments), account_id])
        return {key for (key,) in cursor.fetchall() if key is not None}


def list_snapshots(account: PropAccount) -> QuerySet[AccountSnapshot]:
    """Snapshots of an account, newest first."""
    return AccountSnapshot.objects.filter(account=account).order_by("-at")


def list_orders(account: PropAccount) -> QuerySet[Order]:
    """Orders of an account with their fills, newest first."""
    return Order.objects.filter(account=account).prefetch_related("fills").order_by("-sequence")


def list_fills(account: PropAccount) -> QuerySet[Fill]:
    """Fills of an account with their order, newest first."""
    return Fill.objects.filter(account=account).select_related("order").order_by("-id")


def list_positions(account: PropAccount, *, include_flat: bool = False) -> QuerySet[Position]:
    """Positions of an account by symbol, each with its asset."""
    rows = Position.objects.filter(account=account).select_related("asset").order_by("symbol")
    return rows if include_flat else rows.exclude(size_lots=0)


def list_ledger(account: PropAccount) -> QuerySet[LedgerEntry]:
    """Ledger rows of an account, newest first."""
    return LedgerEntry.objects.filter(account=account).order_by("-sequence")


def verdicts_of(action_ids: Iterable[int]) -> dict[int, ActionVerdict]:
    """What became of these proposed actions, by action key; actions without a verdict are left out."""
    return {row.action_id: row for row in ActionVerdict.objects.filter(action_id__in=list(action_ids))}


def count_verdicts(
    *, account_ids: Collection[int] | None = None, since: datetime | None = None
) -> dict[str, int]:
    """How many actions were executed, denied and held; `since` is a verdict's moment."""
    verdicts = ActionVerdict.objects.order_by()
    if account_ids is not None:
        verdicts = verdicts.filter(account_id__in=account_ids)
    if since is not None:
        verdicts = verdicts.filter(at__gte=since)
    found = dict(verdicts.values_list("status").annotate(Count("id")))
    return {status.value: found.get(status.value, 0) for status in VerdictStatus}


def denials_by_reason(
    *, account_ids: Collection[int] | None = None, since: datetime | None = None
) -> dict[str, int]:
    """How many actions each gate denied, by stable code, sorted by code; `since` is a verdict's moment."""
    verdicts = ActionVerdict.objects.filter(status=VerdictStatus.DENIED).order_by()
    if account_ids is not None:
        verdicts = verdicts.filter(account_id__in=account_ids)
    if since is not None:
        verdicts = verdicts.filter(at__gte=since)
    return dict(sorted(verdicts.values_list("reason_code").annotate(Count("id"))))


def count_orders(*, account_ids: Collection[int] | None = None) -> int:
    """How many orders were filled."""
    orders = Order.objects.all()
    return (orders if account_ids is None else orders.filter(account_id__in=account_ids)).count()


def count_fills(*, account_ids: Collection[int] | None = None) -> int:
    """How many fills were booked."""
    fills = Fill.objects.all()
    return (fills if account_ids is None else fills.filter(account_id__in=account_ids)).count()


def ledger_hash(accounts: Iterable[PropAccount] | None = None) -> str:
    """One SHA-256 over the ledgers of the accounts (default all): equal for equal histories on every
    database.
    """
    rows = PropAccount.objects.order_by("ordinal")
    if accounts is not None:
        rows = rows.filter(pk__in=[account.pk for account in accounts])
    return combined_hash([(ordinal, head) for ordinal, head in rows.values_list("ordinal", "ledger_head")])
