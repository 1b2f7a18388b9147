"""Writing the marks of many accounts as a set: one snapshot each, their new peaks and lows, in statements for all.

Besides ingestion and `core.tables` the one place that writes SQL for speed. An account that a fill changed since it was
valued is left out and valued again by the next cycle, so a snapshot is always of the account as it stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import QuerySet

from apps.core.retries import retry_busy
from apps.operations import failpoints
from apps.trading.models import AccountSnapshot, MarkSet, PropAccount, TriggerOrder
from apps.trading.types import OPEN_STATUSES, TriggerStatus

T = TypeVar("T")

AT_ONCE = 10_000
"""Accounts of one transaction: others wait for their locks no longer than it takes to write so many."""
_STAGE = "trading_mark_stage"
_ACCOUNTS, _SNAPSHOTS = PropAccount._meta.db_table, AccountSnapshot._meta.db_table

Marked = tuple[int, ...]
"""An account as it was valued: the values of `MARKED`, in that order; money in micro-dollars."""
MARKED = (
    "account_id",
    "ledger_sequence",
    "cash_micros",
    "unrealized_micros",
    "equity_micros",
    "maintenance_micros",
    "max_drawdown_bps",
)
_COLUMNS = ", ".join(MARKED)
_OPEN = ", ".join(f"'{status.value}'" for status in OPEN_STATUSES)
_AS_VALUED = (
    f"a.id = s.account_id AND a.ledger_sequence = s.ledger_sequence AND a.status IN ({_OPEN})"
    " AND (a.last_marked_at IS NULL OR a.last_marked_at < %s)"
)
_JUST_MARKED = (
    "a.id = s.account_id AND a.ledger_sequence = s.ledger_sequence AND a.last_marked_at = %s"
    f" AND a.status IN ({_OPEN})"
)


def write_marks(marked: Sequence[Marked], *, mark_set: MarkSet, now: datetime) -> int:
    """Write a snapshot and the marks of each account that is still as it was valued; returns how many.

    `marked` ascends by account, which is the order the locks are taken in.
    """
    written = 0
    for piece in _pieces(marked):
        written += retry_busy(partial(_write_piece, piece, mark_set, now))
        failpoints.reach("trading.after-mark-commit")
    return written


@transaction.atomic
def _write_piece(marked: Sequence[Marked], mark_set: MarkSet, now: datetime) -> int:
    most, least = ("GREATEST", "LEAST") if connection.vendor == "postgresql" else ("MAX", "MIN")
    at = connection.ops.adapt_datetimefield_value(now)
    moment = "%s::timestamptz" if connection.vendor == "postgresql" else "%s"
    _stage(marked)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT count(*) FROM (SELECT a.id FROM {_ACCOUNTS} a JOIN {_STAGE} s ON a.id = s.account_id"
                " ORDER BY a.id FOR NO KEY UPDATE OF a) locked"
            )
        cursor.execute(
            f"UPDATE {_ACCOUNTS} AS a SET equity_micros = s.equity_micros,"
            f" peak_micros = {most}(a.peak_micros, s.equity_micros),"
            f" low_micros = {least}(a.low_micros, s.equity_micros),"
            f" drawdown_base_micros = {most}(a.drawdown_base_micros, s.equity_micros),"
            f" max_drawdown_bps = {most}(a.max_drawdown_bps, s.max_drawdown_bps),"
            f" last_marked_at = {moment}, last_snapshot_at = {moment}, last_mark_set_id = %s, wait_reason = ''"
            f" FROM {_STAGE} s WHERE {_AS_VALUED}",
            [at, at, mark_set.pk, at],
        )
        written = int(cursor.rowcount)
        # Only where somebody was quicker need the accounts be looked at once more; it may have been this very mark.
        quicker = "" if written == len(marked) else f" JOIN {_ACCOUNTS} a ON {_JUST_MARKED}"
        money = "cash_micros, unrealized_micros, equity_micros, maintenance_micros, ledger_sequence"
        cursor.execute(
            f"INSERT INTO {_SNAPSHOTS} (account_id, {money}, at, mark_set_id)"
            f" SELECT s.account_id, {', '.join(f's.{name}' for name in money.split(', '))}, {moment}, %s"
            f" FROM {_STAGE} s{quicker} ORDER BY s.account_id{' ON CONFLICT DO NOTHING' if quicker else ''}",
            [at, mark_set.pk, *([at] if quicker else [])],
        )
        failpoints.reach("trading.after-snapshots")
    failpoints.reach("trading.before-mark-commit")
    return written


def _stage(marked: Sequence[Marked]) -> None:
    """Put the rows beside the tables for the rest of this transaction."""
    integers = ", ".join(f"{name} bigint NOT NULL" for name in MARKED)
    kept = " ON COMMIT DELETE ROWS" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {_STAGE} ({integers}){kept}")
        cursor.execute(f"DELETE FROM {_STAGE}")
        if connection.vendor == "postgresql":
            copied = f"COPY {_STAGE} ({_COLUMNS}) FROM STDIN"
            with connection.wrap_database_errors, cursor.copy(copied) as copy:
                copy.write("".join("\t".join(map(str, row)) + "\n" for row in marked))
            return
    marks = ", ".join("?" * len(MARKED))
    with connection.wrap_database_errors:
        connection.connection.executemany(f"INSERT INTO {_STAGE} VALUES ({marks})", marked)


def write_waits(waits: Mapping[str, Sequence[int]]) -> None:
    """Write why accounts wait, given as account keys by reason; what they are worth stays as it was."""
    for reason, keys in sorted(waits.items()):
        for piece in _pieces(sorted(keys)):
            retry_busy(partial(_write_wait, piece, reason))


@transaction.atomic
def _write_wait(keys: Sequence[int], reason: str) -> None:
    _locked(keys).filter(status__in=OPEN_STATUSES).update(wait_reason=reason)


def move_exits(moved: Mapping[int, tuple[int, int]]) -> None:
    """Write the new best marks of trailing exits, given as (account key, best mark) by the exit's key.

    Only of those that still stand: whoever ends one holds its account's lock, as this does.
    """
    pairs = sorted((account, key, best) for key, (account, best) in moved.items())
    for piece in _pieces(pairs):
        retry_busy(partial(_move_piece, piece))


@transaction.atomic
def _move_piece(moved: Sequence[tuple[int, int, int]]) -> None:
    _locked(sorted({account for account, _, _ in moved}))
    by_best: dict[int, list[int]] = {}
    for _, key, best in moved:
        by_best.setdefault(best, []).append(key)
    for best, keys in by_best.items():
        TriggerOrder.objects.filter(pk__in=keys, status=TriggerStatus.STANDING).update(best_micros=best)


def _locked(keys: Sequence[int]) -> QuerySet[PropAccount]:
    """The accounts, with their locks taken in the order of their keys."""
    rows = PropAccount.objects.filter(pk__in=keys)
    if connection.vendor == "postgresql":
        list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    return rows


def _pieces(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[at : at + AT_ONCE] for at in range(0, len(rows), AT_ONCE))
