"""Leaderboards and curves of equity."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Count, Q

from apps.exchange import performance
from apps.trading.models import (
    AccountSnapshot,
    PropAccount,
)
from apps.trading.types import EquityPoint, LeaderboardRow


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
