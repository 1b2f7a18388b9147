"""Mark to market: every open account valued as one set; who needs an event is handled singly under its lock.

A price that may not be used (missing, stale, not sane, held back by the price guard) makes nothing happen to whoever
holds the asset: no mark, no snapshot, no funding, no exit. The account waits and says why, and the silence is on record.
With the first good price everything is judged at that price.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from apps.core.moments import to_micros
from apps.core.retries import retry_busy
from apps.exchange.types import Instrument, Quote
from apps.market.queries import MarketBoard
from apps.operations import failpoints
from apps.operations.types import Report
from apps.trading.models import MarkSet, PropAccount
from apps.trading.services import events, funding, outages, snapshots
from apps.trading.services.account_state import load_positions, policy_of
from apps.trading.services.columns import Columns, open_accounts
from apps.trading.services.ledger import LEDGER_FIELDS
from apps.trading.services.prices import price_faults
from apps.trading.services.survey import Survey
from apps.trading.services.terms import pin_marks
from apps.trading.services.valuation import MARK_FIELDS, record_mark
from apps.trading.services.volumes import VOLUME_FIELDS
from apps.trading.types import OPEN_STATUSES, AccountStatus

SINGLY = 2_000
"""Accounts with an event that one cycle handles, the urgent before those that only owe funding."""
_FIELDS = (
    *LEDGER_FIELDS,
    *MARK_FIELDS,
    *VOLUME_FIELDS,
    "order_sequence",
    "exit_sequence",
    "funded_through_at",
    "partial_liquidation_at",
)


def mark_open_accounts(
    *,
    now: datetime,
    limit: int | None = None,
    account_ids: Collection[int] | None = None,
    snapshots_every: timedelta | None = None,
    board: MarketBoard | None = None,
) -> Report:
    """Value every open account, or those named, at the latest marks; write what is due and carry out what is forced.

    `snapshots_every` says how much market time lies between the marks that are written down (None: every one); a new
    peak, low or drawdown is always written. At most `limit` (default 2000) accounts are handled singly, the rest of
    those waits for the next cycle. `board` shares the prices of `now` with others. An account marked later than `now`
    is left alone.
    """
    board = board or MarketBoard(now)
    failpoints.reach("trading.before-mark")
    with open_accounts(account_ids) as columns:
        survey = Survey(columns, board, now=now, snapshots_every=snapshots_every)
        faults, good = survey.outages()
        outages.record_outages(
            faults=faults, good=None if account_ids is None else good, board=board, now=now
        )
        if not survey.eligible.any():
            return Report(seen=len(columns.accounts), skipped=len(columns.accounts))
        _write_waits(columns, survey)
        chosen = _singly(survey, limit or SINGLY)
        due = survey.due.copy()
        due[chosen] = False
        mark_set = None
        if len(chosen) or due.any():
            mark_set = pin_marks(*survey.good(), now=now)
        mark_one = partial(
            mark_account, now=now, board=board, snapshots_every=snapshots_every, mark_set=mark_set
        )
        errors = _mark_each(columns, chosen, mark_one)
        if mark_set is not None:
            _write_due(columns, survey, np.flatnonzero(due), mark_set)
        _move_exits(columns, survey, chosen)
        seen, skipped = len(columns.accounts), int((survey.waiting | ~survey.eligible).sum())
    done = seen - skipped - len(errors)
    return Report(seen=seen, done=done, skipped=skipped, failed=len(errors), errors=tuple(errors[:20]))


def mark_account(
    *,
    account_id: int,
    now: datetime,
    board: MarketBoard | None = None,
    snapshots_every: timedelta | None = None,
    mark_set: MarkSet | None = None,
) -> bool:
    """Mark one account under its row lock; False when it has to wait for a price or is no longer open.

    In this order: funding, what was delisted, standing exits, liquidation, the policy's drawdown. A halted account is
    only funded and valued. A mark older than the last one does nothing. `mark_set` is one that was pinned at the
    board's prices already.
    """
    board = board or MarketBoard(now)
    return retry_busy(lambda: _mark(account_id, now, board, snapshots_every, mark_set))


@transaction.atomic
def _mark(
    account_id: int,
    now: datetime,
    board: MarketBoard,
    snapshots_every: timedelta | None,
    mark_set: MarkSet | None,
) -> bool:
    account = PropAccount.objects.select_for_update(no_key=True).get(pk=account_id)
    if account.status not in OPEN_STATUSES or (account.last_marked_at and account.last_marked_at > now):
        return False
    scene = events.Scene(account, load_positions(account), policy_of(account), board, now)
    faults = price_faults(scene.held(), _quotes(scene), at_ms=board.at_ms, policy=scene.policy)
    if faults:
        _wait(account, faults)
        return False
    before = account.ledger_sequence, account.status
    funding.settle_due(account=account, positions=scene.held(), board=board, now=now)
    failpoints.reach("trading.after-funding")
    if account.status != AccountStatus.HALTED:
        events.settle_delistings(scene)
        events.fire_exits(scene)
        events.leave_market(scene)
    every = snapshots_every if before == (account.ledger_sequence, account.status) else None
    known = mark_set is not None and {row.symbol for row in scene.held()} <= mark_set.marks.keys()
    if mark_set is None or not known:
        mark_set = pin_marks(_quotes(scene), _instruments(scene), now=now)
    record_mark(account, scene.measure(), mark_set=mark_set, now=now, snapshots_every=every)
    account.save(update_fields=_FIELDS)
    return True


def _singly(survey: Survey, limit: int) -> NDArray[np.int64]:
    """Rows of the accounts to handle singly, the urgent first."""
    owing = survey.funding & ~survey.urgent
    return np.concatenate((np.flatnonzero(survey.urgent), np.flatnonzero(owing)))[:limit]


def _mark_each(columns: Columns, rows: NDArray[np.int64], mark_one: Callable[..., bool]) -> list[str]:
    errors: list[str] = []
    for account_id in columns.accounts["account"][rows].tolist():
        try:
            mark_one(account_id=account_id)
        except Exception as error:  # one bad account never stops the others
            errors.append(f"account {account_id}: {type(error).__name__}: {error}"[:300])
        columns.forget_account(account_id)
    return errors


def _write_due(columns: Columns, survey: Survey, rows: NDArray[np.int64], mark_set: MarkSet) -> None:
    """Write the marks of these rows and move their columns along; who changed meanwhile is read again anyway."""
    accounts, valued = columns.accounts, survey.valued
    figures = (
        accounts["account"],
        accounts["sequence"],
        accounts["cash"],
        valued.unrealized,
        valued.equity,
        valued.maintenance,
        survey.worst_bps,
    )
    marked = list(zip(*(column[rows].tolist() for column in figures), strict=True))
    written = snapshots.write_marks(marked, mark_set=mark_set, now=survey.now)
    equity = valued.equity[rows]
    accounts["equity"][rows] = equity
    accounts["peak"][rows] = np.maximum(accounts["peak"][rows], equity)
    accounts["low"][rows] = np.minimum(accounts["low"][rows], equity)
    accounts["base"][rows] = np.maximum(accounts["base"][rows], equity)
    accounts["worst_bps"][rows] = survey.worst_bps[rows]
    accounts["marked_us"][rows], accounts["snapshot_ms"][rows] = to_micros(survey.now), survey.now_ms
    accounts["wait"][rows] = 0
    if written != len(marked):  # whose mark another was quicker with cannot be told here
        for account_id in accounts["account"][rows].tolist():
            columns.forget_account(account_id)


def _write_waits(columns: Columns, survey: Survey) -> None:
    keys = columns.accounts["account"]
    waits = survey.waits()
    snapshots.write_waits({reason: keys[rows].tolist() for reason, rows in waits.items()})
    for reason, rows in waits.items():
        columns.accounts["wait"][rows] = columns.reason_place(reason)


def _move_exits(columns: Columns, survey: Survey, handled: NDArray[np.int64]) -> None:
    """Trailing exits of accounts that were handled singly have moved already."""
    keys, singly = columns.accounts["account"], set(handled.tolist())
    moved = {
        key: (int(keys[row]), best) for key, (row, best) in survey.exits.moved.items() if row not in singly
    }
    snapshots.move_exits(moved)


def _wait(account: PropAccount, faults: dict[str, tuple[str, str]]) -> None:
    """Keep the account as it is and say why."""
    reason = "; ".join(f"{symbol}: {code}" for symbol, (code, _) in sorted(faults.items()))[:200]
    if account.wait_reason != reason:
        account.wait_reason = reason
        account.save(update_fields=["wait_reason"])


def _quotes(scene: events.Scene) -> dict[str, Quote]:
    return scene.board.quotes(row.symbol for row in scene.held())


def _instruments(scene: events.Scene) -> dict[str, Instrument]:
    return scene.board.instruments(row.symbol for row in scene.held())
