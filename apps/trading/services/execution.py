"""Executing proposed actions: gates, fill, position and ledger of one action in one transaction, once."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum

from apps.decisions import queries as decisions
from apps.exchange.execute import execute
from apps.exchange.types import ActionKind, Book, Denied, Executed, OrderIntent, Policy
from apps.market.queries import MarketBoard
from apps.operations import failpoints
from apps.operations.types import Report
from apps.trading.models import ActionVerdict, ExecutionCursor, Fill, Order, Position, PropAccount
from apps.trading.services import funding
from apps.trading.services.account_state import actions_in_window, build_state, load_positions, policy_of
from apps.trading.services.booking import Ticket, book_execution
from apps.trading.services.ledger import LEDGER_FIELDS
from apps.trading.services.prices import price_faults
from apps.trading.types import ACTION_TTL, OrderCause, VerdictStatus

_CURSOR = "actions"
_EXECUTION_FIELDS = (
    *LEDGER_FIELDS,
    "order_sequence",
    "executed_count",
    "last_action_at",
    "funded_through_at",
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
    """Give every proposed action that has no verdict its verdict, oldest first, each in its own transaction.

    At most `limit` (default 500) actions are looked at. One failing action is counted, reported and left
    for the next tick; an action older than `ACTION_TTL` is denied as expired. `account_ids` narrows the
    work; `board` shares the prices of `now` with others.
    """
    bound = limit or 500
    cursor, _ = ExecutionCursor.objects.get_or_create(name=_CURSOR, defaults={"moved_at": now})
    pending = list(
        decisions.pending_actions(after_id=cursor.action_floor)
        .filter(verdict__isnull=True, run__subject__startswith="acc_")
        .defer("run__context", "run__raw_answer")[:bound]
    )
    accounts = _accounts_of(pending, account_ids)
    board = board or MarketBoard(now)
    held = [action for action in pending if action.kind == ActionKind.HOLD and action.run.subject in accounts]
    done = _record_holds(held, accounts, now)
    errors: list[str] = []
    for action in pending:
        if action.kind == ActionKind.HOLD or action.run.subject not in accounts:
            continue
        try:
            execute_action(action=action, now=now, board=board, account_id=accounts[action.run.subject])
            done += 1
        except Exception as error:  # one bad action never stops the others
            errors.append(f"action {action.pk}: {type(error).__name__}: {error}"[:300])
    is_near = bool(pending) and pending[0].pk - cursor.action_floor <= _FLOOR_ROWS
    if not is_near and now - cursor.moved_at >= _FLOOR_STEP:
        _raise_floor(cursor, now)
    return Report(seen=len(pending), done=done, failed=len(errors), errors=tuple(errors[:20]))


def execute_action(
    *, action: Any, now: datetime, board: MarketBoard | None = None, account_id: int | None = None
) -> ActionVerdict | None:
    """Put one proposed action through the gates and book what follows; returns its verdict.

    The account's row is locked throughout and the verdict is unique per action, so repeating the call, or
    racing it, does nothing more. Returns None when the action's subject is no prop account.
    """
    if account_id is None:
        account_id = _accounts_of([action], None).get(action.run.subject)
        if account_id is None:
            return None
    failpoints.reach("trading.before-execute")
    with transaction.atomic():
        account = PropAccount.objects.select_for_update().get(pk=account_id)
        known = ActionVerdict.objects.filter(action_id=action.pk).first()
        if known is not None:
            return known
        verdict = _judge(account, action, board or MarketBoard(now), now)
    failpoints.reach("trading.after-execute-commit")
    return verdict


def _judge(account: PropAccount, action: Any, board: MarketBoard, now: datetime) -> ActionVerdict:
    if action.kind == ActionKind.HOLD:
        return _verdict(account, action, VerdictStatus.HELD, now)
    refusal = _refusal(action, now)
    if refusal:
        return _verdict(account, action, VerdictStatus.DENIED, now, refusal)
    policy = policy_of(account)
    positions = load_positions(account)
    funded = funding.settle_due(account=account, positions=positions.values(), board=board, now=now)
    outcome = _attempt(account, action.to_intent(), positions, policy, board)
    if not isinstance(outcome, Executed):
        if funded:
            account.save(update_fields=_EXECUTION_FIELDS)
        return _verdict(account, action, VerdictStatus.DENIED, now, outcome)
    verdict = _verdict(account, action, VerdictStatus.EXECUTED, now)
    failpoints.reach("trading.after-verdict")
    symbol = action.symbol
    ticket = Ticket(board.asset_id(symbol), board.quotes([symbol])[symbol], OrderCause.ACTION, action.pk)
    book_execution(account=account, positions=positions, executed=outcome, ticket=ticket, now=now)
    account.executed_count += 1
    account.last_action_at = now
    account.save(update_fields=_EXECUTION_FIELDS)
    return verdict


def _refusal(action: Any, now: datetime) -> tuple[str, str] | None:
    """Denials that need no price: the action is too old, or its run has had its one execution."""
    decided_at = action.run.decided_at or action.run.slot_at
    if now - decided_at > ACTION_TTL:
        return "ACTION_EXPIRED", f"Decided at {decided_at.isoformat()}, looked at only {now.isoformat()}."
    if action.index > 0 and Order.objects.filter(action__run_id=action.run_id).exists():
        return "RUN_ALREADY_EXECUTED", "Another action of the same decision was executed."
    return None


def _attempt(
    account: PropAccount,
    intent: OrderIntent,
    positions: dict[str, Position],
    policy: Policy,
    board: MarketBoard,
) -> Executed | tuple[str, str]:
    held = [row for row in positions.values() if row.size_lots != 0]
    symbols = {intent.symbol, *(row.symbol for row in held)}
    instruments = board.instruments(symbols)
    quotes = board.quotes(symbols)
    if intent.symbol not in instruments:
        return "ASSET_UNKNOWN", f"{intent.symbol} is not in the asset registry."
    if intent.symbol not in quotes:
        return "PRICE_MISSING", f"No price of {intent.symbol} is known."
    faults = price_faults(held, quotes, at_ms=board.at_ms, policy=policy)
    if faults:
        symbol, (code, detail) = next(iter(faults.items()))
        return code, f"{symbol}: {detail}"
    book = board.book(intent.symbol)
    outcome = execute(
        state=build_state(account, held, actions=actions_in_window(account, policy=policy, now=board.at)),
        intent=intent,
        instrument=instruments[intent.symbol],
        quote=quotes[intent.symbol],
        book=book,
        marks=quotes,
        instruments=instruments,
        policy=policy,
        now_ms=board.at_ms,
        taken_lots=_taken_lots(account, intent, positions, book),
    )
    return (str(outcome.reason), outcome.detail) if isinstance(outcome, Denied) else outcome


def _taken_lots(
    account: PropAccount, intent: OrderIntent, positions: dict[str, Position], book: Book | None
) -> int:
    """Lots this account has taken already from the side of the book snapshot that the intent would hit."""
    if book is None or not book.reference:
        return 0
    side = int(intent.side)
    if intent.kind in (ActionKind.CLOSE, ActionKind.REDUCE) and intent.symbol in positions:
        side = -1 if positions[intent.symbol].size_lots > 0 else 1
    fills = Fill.objects.filter(
        account=account, symbol=intent.symbol, side=side, book_reference=book.reference
    )
    return fills.aggregate(total=Sum("size_lots"))["total"] or 0


def _verdict(
    account: PropAccount,
    action: Any,
    status: VerdictStatus,
    now: datetime,
    reason: tuple[str, str] = ("", ""),
) -> ActionVerdict:
    return ActionVerdict.objects.create(
        action_id=action.pk,
        account=account,
        status=status,
        reason_code=reason[0],
        detail=reason[1][:300],
        at=now,
    )


def _record_holds(actions: list[Any], accounts: dict[str, int], now: datetime) -> int:
    verdicts = [
        ActionVerdict(
            action_id=row.pk, account_id=accounts[row.run.subject], status=VerdictStatus.HELD, at=now
        )
        for row in actions
    ]
    ActionVerdict.objects.bulk_create(verdicts, ignore_conflicts=True)
    return len(verdicts)


def _accounts_of(actions: list[Any], account_ids: Collection[int] | None) -> dict[str, int]:
    subjects = {action.run.subject for action in actions}
    rows = (
        PropAccount.objects.filter(public_id__in=subjects).values_list("public_id", "pk") if subjects else []
    )
    return {public_id: pk for public_id, pk in rows if account_ids is None or pk in account_ids}


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
