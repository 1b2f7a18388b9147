"""Mark to market: funding, valuation, liquidation and drawdown of every open account, each in its own
transaction.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from apps.core import states
from apps.exchange.types import Policy
from apps.market.queries import MarketBoard
from apps.operations.types import Report
from apps.trading.models import Position, PropAccount
from apps.trading.services import funding
from apps.trading.services.account_state import load_positions, policy_of
from apps.trading.services.closing import close_positions
from apps.trading.services.ledger import LEDGER_FIELDS
from apps.trading.services.prices import price_faults
from apps.trading.services.terms import pin_marks
from apps.trading.services.valuation import MARK_FIELDS, measure, record_mark
from apps.trading.types import ACCOUNT_TRANSITIONS, OPEN_STATUSES, AccountStatus, OrderCause

LIQUIDATED = "LIQUIDATED"
DRAWDOWN = "DRAWDOWN"
_FIELDS = (*LEDGER_FIELDS, *MARK_FIELDS, "order_sequence", "funded_through_at")


def mark_open_accounts(
    *,
    now: datetime,
    limit: int | None = None,
    account_ids: Collection[int] | None = None,
    snapshots_every: timedelta | None = None,
    board: MarketBoard | None = None,
) -> Report:
    """Value every open account at the latest believable marks, longest unmarked first.

    At most `limit` (default 2000) accounts. An account with a position whose price is missing, stale,
    insane or a lone jump is left as it is, with the reason on its row. `snapshots_every` thins the
    snapshots (None: every mark); `board` shares the prices of `now` with others.
    """
    open_accounts = PropAccount.objects.filter(status__in=OPEN_STATUSES)
    if account_ids is not None:
        open_accounts = open_accounts.filter(pk__in=account_ids)
    due = list(open_accounts.order_by("last_marked_at", "pk").values_list("pk", flat=True)[: limit or 2000])
    board = board or MarketBoard(now)
    _warm(board, due)
    done = waiting = 0
    errors: list[str] = []
    for account_id in due:
        try:
            if mark_account(account_id=account_id, now=now, board=board, snapshots_every=snapshots_every):
                done += 1
            else:
                waiting += 1
        except Exception as error:  # one bad account never stops the others
            errors.append(f"account {account_id}: {type(error).__name__}: {error}"[:300])
    return Report(seen=len(due), done=done, skipped=waiting, failed=len(errors), errors=tuple(errors[:20]))


@transaction.atomic
def mark_account(
    *,
    account_id: int,
    now: datetime,
    board: MarketBoard | None = None,
    snapshots_every: timedelta | None = None,
) -> bool:
    """Mark one account under its row lock; False when it has to wait for a price or is no longer open.

    Below maintenance margin every position is closed and the account is liquidated; below the policy's
    drawdown from its peak every position is closed and the account is locked. A mark older than the last
    one does nothing.
    """
    account = PropAccount.objects.select_for_update().get(pk=account_id)
    if account.status not in OPEN_STATUSES or (account.last_marked_at and account.last_marked_at > now):
        return False
    board = board or MarketBoard(now)
    policy = policy_of(account)
    positions = load_positions(account)
    held = [row for row in positions.values() if row.size_lots != 0]
    quotes = board.quotes(row.symbol for row in held)
    faults = price_faults(held, quotes, at_ms=board.at_ms, policy=policy)
    if faults:
        _wait(account, faults)
        return False
    funding.settle_due(account=account, positions=held, board=board, now=now)
    margins = measure(account, held, quotes, board.instruments(row.symbol for row in held))
    every = snapshots_every
    ending = _ending(account, policy, margins.account_value_micros, margins.maintenance_micros, bool(held))
    if ending is not None:
        cause = OrderCause.LIQUIDATION if ending == LIQUIDATED else OrderCause.CLOSE
        close_positions(
            account=account, positions=positions, policy=policy, board=board, cause=cause, now=now
        )
        held = [row for row in positions.values() if row.size_lots != 0]
        margins = measure(account, held, quotes, board.instruments(row.symbol for row in held))
        every = None
    symbols = [row.symbol for row in held]
    mark_set = pin_marks(board.quotes(symbols), board.instruments(symbols), now=now)
    record_mark(account, margins, mark_set=mark_set, now=now, snapshots_every=every)
    account.save(update_fields=_FIELDS)
    if ending is not None and not held:
        _end(account, ending, now)
    return True


def _warm(board: MarketBoard, account_ids: Collection[int]) -> None:
    """Load the prices of all the accounts' positions in one read."""
    rows = Position.objects.filter(account_id__in=account_ids).exclude(size_lots=0)
    symbols = set(rows.order_by().values_list("symbol", flat=True).distinct())
    if symbols:
        board.quotes(symbols)
        board.instruments(symbols)


def _ending(
    account: PropAccount, policy: Policy, equity: int, maintenance: int, is_exposed: bool
) -> str | None:
    """The reason for which the account must leave the market at this valuation, if there is one."""
    if is_exposed and equity < maintenance:
        return LIQUIDATED
    base = max(account.drawdown_base_micros, equity)
    if (
        account.status != AccountStatus.LOCKED
        and (base - equity) * 10_000 >= base * policy.max_drawdown_bps > 0
    ):
        return DRAWDOWN
    return None


def _end(account: PropAccount, ending: str, now: datetime) -> None:
    if ending == LIQUIDATED:
        states.advance(
            account,
            to=AccountStatus.LIQUIDATED,
            table=ACCOUNT_TRANSITIONS,
            status_reason=ending,
            closed_at=now,
            closed_reason=ending,
        )
    else:
        states.advance(account, to=AccountStatus.LOCKED, table=ACCOUNT_TRANSITIONS, status_reason=ending)


def _wait(account: PropAccount, faults: dict[str, tuple[str, str]]) -> None:
    """Keep the account as it is and say why."""
    reason = "; ".join(f"{symbol}: {code}" for symbol, (code, _) in sorted(faults.items()))[:200]
    if account.wait_reason != reason:
        account.wait_reason = reason
        account.save(update_fields=["wait_reason"])
