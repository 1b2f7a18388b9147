"""From rows to the exchange's values: the account as the kernel and the decision engine see it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.core.moments import to_ms
from apps.exchange.types import AccountState, Policy
from apps.exchange.types import Position as PositionValue
from apps.trading.models import Order, Position, PropAccount
from apps.trading.types import OrderCause


def policy_of(account: PropAccount) -> Policy:
    """The execution policy pinned on the account; raises ValueError if the stored document is not one."""
    return Policy.from_document(account.policy)


def load_positions(account: PropAccount) -> dict[str, Position]:
    """Every position row of the account by symbol, flat ones too, in symbol order."""
    return {row.symbol: row for row in Position.objects.filter(account=account).order_by("symbol")}


def actions_in_window(account: PropAccount, *, policy: Policy, now: datetime) -> int:
    """How many actions were executed within the policy's window before `now`."""
    since = now - timedelta(milliseconds=policy.window_ms)
    if account.last_action_at is None or account.last_action_at <= since:
        return 0
    return Order.objects.filter(account=account, placed_at__gt=since, cause=OrderCause.ACTION).count()


def build_state(account: PropAccount, positions: Iterable[Position], *, actions: int = 0) -> AccountState:
    """The account as a value; flat positions are left out."""
    held = tuple(
        PositionValue(row.symbol, row.size_lots, row.cost_micros, row.leverage)
        for row in positions
        if row.size_lots != 0
    )
    last = account.last_action_at
    return AccountState(
        status=str(account.status),
        cash_micros=account.cash_micros,
        positions=held,
        actions_in_window=actions,
        last_action_at_ms=None if last is None else to_ms(last),
    )


def read_state(account: PropAccount, *, now: datetime) -> AccountState:
    """Read the account's rows into a value for a decision; takes no lock."""
    actions = actions_in_window(account, policy=policy_of(account), now=now)
    return build_state(account, load_positions(account).values(), actions=actions)
