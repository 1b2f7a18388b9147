"""Executing proposed actions: gates, fills, positions and ledger of a group of actions in one transaction, once."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.clones import queries as clones
from apps.core.retries import retry_busy
from apps.decisions import queries as decisions
from apps.exchange.types import ActionKind, Executed
from apps.market.queries import MarketBoard
from apps.operations import failpoints
from apps.operations.types import Report
from apps.trading.models import ActionVerdict, ExecutionCursor, PropAccount
from apps.trading.services import booking, funding, volumes
from apps.trading.services.desk import (
    Desk,
    Market,
    account_keys,
    executed_runs,
    known_verdicts,
    lock_accounts,
    open_desks,
    read_market,
)
from apps.trading.services.judging import Judgement, Refusal, judge, refusal
from apps.trading.services.ledger import LEDGER_FIELDS
from apps.trading.services.recording import Recorder
from apps.trading.services.rows import AccountColumns
from apps.trading.services.taken import Taken
from apps.trading.types import ACTION_TTL, OrderCause, VerdictStatus

GROUP_SIZE = 100
"""Actions that are judged and booked in one transaction; their accounts are locked as long as it lasts."""

_log = logging.getLogger(__name__)
_CURSOR = "actions"
_COLUMNS = AccountColumns(
    (
        *LEDGER_FIELDS,
        *volumes.VOLUME_FIELDS,
        "order_sequence",
        "exit_sequence",
        "executed_count",
        "record_sequence",
        "record_head",
        "last_action_at",
        "funded_through_at",
    )
)
_FLOOR_STEP = timedelta(minutes=10)
_FLOOR_ROWS = 250
"""How far the oldest waiting action may lie above the floor before raising it is worth the reads."""


def execute_pending(
    *,
    now: datetime,
    limit: int | None = None,
    account_ids: Collection[int] | None = None,
    board: MarketBoard | None = None,
) -> Report:
    """Give every proposed action that has no verdict its verdict, oldest first, in groups of `GROUP_SIZE`.

    At most `limit` (default 500) actions are looked at. A group that fails is done again action by action, so
    that one bad action stops no other: it is counted, reported and left for the next tick, until it is denied
    as older than `ACTION_TTL`. `account_ids` narrows the work; `board` shares the prices of `now` with others.
    """
    cursor, _ = ExecutionCursor.objects.get_or_create(name=_CURSOR, defaults={"moved_at": now})
    pending = list(
        decisions.pending_actions(after_id=cursor.action_floor)
        .filter(verdict__isnull=True, run__subject__startswith="acc_")
        .defer("run__context", "run__prompt", "run__raw_answer")[: limit or 500]
    )
    accounts = _accounts_of(pending, account_ids)
    ours = [action for action in pending if action.run.subject in accounts]
    errors: list[str] = []
    for first in range(0, len(ours), GROUP_SIZE):
        errors += _execute_or_part(ours[first : first + GROUP_SIZE], board, now)
    is_near = bool(pending) and pending[0].pk - cursor.action_floor <= _FLOOR_ROWS
    if not is_near and now - cursor.moved_at >= _FLOOR_STEP:
        _raise_floor(cursor, now)
    return Report(
        seen=len(pending), done=len(ours) - len(errors), failed=len(errors), errors=tuple(errors[:20])
    )


def execute_action(*, action: Any, now: datetime, board: MarketBoard | None = None) -> ActionVerdict | None:
    """Put one proposed action through the gates and book what follows; returns its verdict.

    As `execute_group`, for a group of one. Returns None when the action's subject is no prop account.
    """
    return execute_group(actions=[action], now=now, board=board).get(action.pk)


def execute_group(
    *, actions: Sequence[Any], now: datetime, board: MarketBoard | None = None
) -> dict[int, ActionVerdict]:
    """Judge actions in their order and book what follows in one transaction; returns the verdicts by action.

    The accounts' rows are locked throughout, sorted by key, and the verdict is unique per action: repeating the
    call, or racing it, does nothing more. Actions whose subject is no prop account are left out. Done again as a whole
    while the database is busy; then raises `Busy`. Prices are read under the lock unless `board` gives them.
    """
    if not actions:
        return {}
    failpoints.reach("trading.before-execute")
    verdicts = retry_busy(lambda: _execute_locked(actions, board, now))
    failpoints.reach("trading.after-execute-commit")
    return verdicts


@transaction.atomic
def _execute_locked(
    actions: Sequence[Any], board: MarketBoard | None, now: datetime
) -> dict[int, ActionVerdict]:
    accounts = lock_accounts({action.run.subject for action in actions})
    ours = [action for action in actions if action.run.subject in accounts]
    if not ours:
        return {}
    failpoints.reach("trading.after-lock")
    verdicts = known_verdicts([action.pk for action in ours])
    fresh = [action for action in ours if action.pk not in verdicts]
    asking = [action for action in fresh if action.kind != ActionKind.HOLD]
    trading = {action.run.subject for action in asking}
    desks = open_desks([account for name, account in accounts.items() if name in trading], now=now)
    symbols = {action.symbol for action in asking}
    market = read_market(board or MarketBoard(now), desks.values(), symbols)
    blotter = booking.Blotter(now)
    judging = _Round(
        market=market,
        taken=Taken([desk.account for desk in desks.values()], market.books.values()),
        executed_runs=executed_runs({action.run_id for action in asking if action.index > 0}),
        ended=clones.ended_among({desk.account.clone_id for desk in desks.values()}) if desks else set(),
        blotter=blotter,
        recorder=Recorder(blotter, market),
        now=now,
    )
    for action in fresh:
        if action.pk not in verdicts:
            account = accounts[action.run.subject]
            verdicts[action.pk] = judging.settle(account, desks.get(account.pk), action)
    blotter.write()
    _COLUMNS.write([desk.account for desk in desks.values() if desk.is_moved])
    failpoints.reach("trading.before-execute-commit")
    return verdicts


@dataclass(slots=True)
class _Round:
    """The actions of one transaction, judged one after another; what they do stays on the blotter until all are."""

    market: Market
    taken: Taken
    executed_runs: set[int]
    ended: set[int]
    blotter: booking.Blotter
    recorder: Recorder
    now: datetime

    def settle(self, account: PropAccount, desk: Desk | None, action: Any) -> ActionVerdict:
        """Judge one action and put what follows on the blotter; the desk has moved on when the next one comes."""
        if desk is None or action.kind == ActionKind.HOLD:
            return self._verdict(account, action, VerdictStatus.HELD)
        is_ended = account.clone_id in self.ended
        refused = refusal(action, executed_runs=self.executed_runs, is_ended=is_ended, now=self.now)
        if refused is not None:
            return self._record(desk, action, Judgement(refused))
        # Without a readable policy no price can be judged: funding waits, and the gates deny the action and say so.
        if desk.policy is not None and funding.settle_due(
            account=account, positions=desk.positions.values(), board=self.market.board, now=self.now
        ):
            desk.is_moved = True
        return self._record(desk, action, judge(action, desk, self.market, self.taken, now=self.now))

    def _record(self, desk: Desk, action: Any, judgement: Judgement) -> ActionVerdict:
        """Let a judgement have its consequence, its verdict and its record."""
        outcome, booked = judgement.outcome, booking.Booked()
        if isinstance(outcome, Executed):
            booked = self._enter(desk, action, outcome)
            verdict = self._verdict(desk.account, action, VerdictStatus.EXECUTED)
        else:
            refused = (
                outcome if isinstance(outcome, Refusal) else Refusal(outcome.reason.value, outcome.detail)
            )
            verdict = self._verdict(desk.account, action, VerdictStatus.DENIED, refused)
        self.recorder.record(desk=desk, action=action, verdict=verdict, judgement=judgement, booked=booked)
        return verdict

    def _enter(self, desk: Desk, action: Any, executed: Executed) -> booking.Booked:
        symbol, market = action.symbol, self.market
        booked = booking.enter(
            self.blotter,
            account=desk.account,
            positions=desk.positions,
            standing=desk.standing,
            executed=executed,
            ticket=booking.Ticket(
                asset_id=market.board.asset_id(symbol),
                quote=market.quotes[symbol],
                cause=OrderCause.ACTION,
                instrument=market.instruments[symbol],
                action_id=action.pk,
            ),
        )
        self.executed_runs.add(action.run_id)
        if executed.fills:
            desk.is_moved = True
            desk.actions += 1
            desk.account.executed_count += 1
            desk.account.last_action_at = self.now
            self.taken.add(desk.account.pk, executed.fills)
        return booked

    def _verdict(
        self, account: PropAccount, action: Any, status: VerdictStatus, refused: Refusal | None = None
    ) -> ActionVerdict:
        verdict = ActionVerdict(
            action_id=action.pk,
            account_id=account.pk,
            status=status,
            reason_code=refused.code if refused else "",
            detail=refused.detail[:300] if refused else "",
            at=self.now,
        )
        self.blotter.verdicts.append(verdict)
        return verdict


def _execute_or_part(group: Sequence[Any], board: MarketBoard | None, now: datetime) -> list[str]:
    """Execute a group, or its actions one by one where the group fails; returns what went wrong."""
    try:
        execute_group(actions=group, now=now, board=board)
        return []
    except Exception as error:
        if len(group) == 1:
            return [f"action {group[0].pk}: {type(error).__name__}: {error}"[:300]]
        _log.warning("a group of %s actions failed and is done one by one: %s", len(group), error)
    return [wrong for action in group for wrong in _execute_or_part([action], board, now)]


def _accounts_of(actions: Sequence[Any], account_ids: Collection[int] | None) -> set[str]:
    keys = account_keys({action.run.subject for action in actions})
    return {name for name, key in keys.items() if account_ids is None or key in account_ids}


def _raise_floor(cursor: ExecutionCursor, now: datetime) -> None:
    """Let later scans begin above the actions that are old and have their verdict: the scan stays short."""
    old = decisions.pending_actions(after_id=cursor.action_floor).filter(
        run__decided_at__lt=now - 2 * ACTION_TTL
    )
    waiting = old.filter(verdict__isnull=True, run__subject__startswith="acc_")
    first_waiting = waiting.order_by("id").values_list("id", flat=True).first()
    last_old = old.order_by("-id").values_list("id", flat=True).first()
    floor = cursor.action_floor if last_old is None else last_old
    if first_waiting is not None:
        floor = first_waiting - 1
    ExecutionCursor.objects.filter(pk=cursor.pk, action_floor__lte=floor).update(
        action_floor=floor, moved_at=now
    )
