"""What an account is worth now, written on its row and into its snapshots."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from apps.exchange import margin, performance
from apps.exchange.types import Instrument, Quote
from apps.trading.models import AccountSnapshot, MarkSet, Position, PropAccount
from apps.trading.services.account_state import build_state

MARK_FIELDS = (
    "equity_micros",
    "peak_micros",
    "low_micros",
    "drawdown_base_micros",
    "max_drawdown_bps",
    "last_marked_at",
    "last_snapshot_at",
    "last_mark_set",
    "wait_reason",
)
"""Columns of the account that a mark moves; the caller saves them."""


def measure(
    account: PropAccount,
    positions: Iterable[Position],
    quotes: Mapping[str, Quote],
    instruments: Mapping[str, Instrument],
) -> margin.Margins:
    """The account at these marks; every open position must have a believable one."""
    return margin.measure(build_state(account, positions), quotes, instruments)


def record_mark(
    account: PropAccount,
    margins: margin.Margins,
    *,
    mark_set: MarkSet,
    now: datetime,
    snapshots_every: timedelta | None,
) -> None:
    """Put the measure on the account, and a snapshot beside it when one is due (None: always) or it is an extreme.

    One snapshot per account and moment: a repeated mark writes nothing new.
    """
    equity = margins.equity_micros
    before = account.peak_micros, account.low_micros, account.max_drawdown_bps
    account.equity_micros = equity
    account.peak_micros = max(account.peak_micros, equity)
    account.low_micros = min(account.low_micros, equity)
    fall = performance.drawdown_bps(account.peak_micros, equity)
    account.max_drawdown_bps = max(account.max_drawdown_bps, fall)
    account.drawdown_base_micros = max(account.drawdown_base_micros, equity)
    account.last_marked_at = now
    account.last_mark_set = mark_set
    account.wait_reason = ""
    last = account.last_snapshot_at
    is_early = last is not None and snapshots_every is not None and now - last < snapshots_every
    if is_early and before == (account.peak_micros, account.low_micros, account.max_drawdown_bps):
        return
    account.last_snapshot_at = now
    snapshot = AccountSnapshot(
        account=account,
        at=now,
        cash_micros=account.cash_micros,
        unrealized_micros=margins.unrealized_micros,
        equity_micros=equity,
        maintenance_micros=margins.maintenance_micros + margins.isolated_maintenance_micros,
        ledger_sequence=account.ledger_sequence,
        mark_set=mark_set,
    )
    AccountSnapshot.objects.bulk_create(
        [snapshot],
        update_conflicts=True,
        unique_fields=["account", "at"],
        update_fields=[
            "cash_micros",
            "unrealized_micros",
            "equity_micros",
            "maintenance_micros",
            "ledger_sequence",
            "mark_set",
        ],
    )
