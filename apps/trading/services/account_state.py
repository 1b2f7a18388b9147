"""From rows to the exchange's values: the account as the kernel and the decision engine see it."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from apps.core.moments import to_ms
from apps.core.tables import Table, ask, marks, moment
from apps.exchange.types import AccountState, Policy
from apps.exchange.types import Position as PositionValue
from apps.trading.models import Order, Position, PropAccount
from apps.trading.types import OrderCause

_POSITIONS = Table(Position)
_ORDERS = Table(Order)


def policy_of(account: PropAccount) -> Policy:
    """The execution policy pinned on the account; raises ValueError if the stored document is not one."""
    if not isinstance(account.policy, dict):
        raise ValueError("the stored policy is no object")
    return Policy.from_document(account.policy)


def load_positions(account: PropAccount) -> dict[str, Position]:
    """Every position row of the account by symbol, flat ones too, in symbol order."""
    return load_positions_of([account.pk]).get(account.pk, {})


def load_positions_of(account_ids: Collection[int]) -> dict[int, dict[str, Position]]:
    """As `load_positions`, for many accounts in one read; accounts without any row are left out."""
    found: dict[int, dict[str, Position]] = {}
    tail = f"WHERE account_id IN ({marks(account_ids)}) ORDER BY symbol"
    for row in _POSITIONS.fetch(tail, list(account_ids)):
        found.setdefault(row.account_id, {})[row.symbol] = row
    return found


def actions_in_window(account: PropAccount, *, policy: Policy, now: datetime) -> int:
    """How many actions were executed within the policy's window before `now`."""
    return actions_in_windows({account: policy}, now=now).get(account.pk, 0)


def actions_in_windows(accounts: dict[PropAccount, Policy], *, now: datetime) -> dict[int, int]:
    """As `actions_in_window`, for many accounts by key; one read for all whose windows are of one length."""
    by_start: dict[datetime, list[int]] = {}
    for account, policy in accounts.items():
        since = now - timedelta(milliseconds=policy.window_ms)
        if account.last_action_at is not None and account.last_action_at > since:
            by_start.setdefault(since, []).append(account.pk)
    found: dict[int, int] = {}
    for since, keys in by_start.items():
        sql = (
            f"SELECT account_id, COUNT(*) FROM {_ORDERS.name} WHERE account_id IN ({marks(keys)})"
            " AND placed_at > %s AND cause = %s GROUP BY account_id"
        )
        found.update(ask(sql, [*keys, moment(since), OrderCause.ACTION.value]))
    return found


def build_state(account: PropAccount, positions: Iterable[Position], *, actions: int = 0) -> AccountState:
    """The account as a value; flat positions are left out. Its volume is as `volumes.fix_volumes` left it."""
    held = tuple(
        PositionValue(
            row.symbol, row.size_lots, row.cost_micros, row.leverage, row.is_isolated, row.margin_micros
        )
        for row in positions
        if row.size_lots != 0
    )
    return AccountState(
        status=str(account.status),
        cash_micros=account.cash_micros,
        positions=held,
        actions_in_window=actions,
        last_action_at_ms=_ms(account.last_action_at),
        volume_micros=account.volume_micros,
        partial_at_ms=_ms(account.partial_liquidation_at),
    )


def read_state(account: PropAccount, *, now: datetime) -> AccountState:
    """Read the account's rows into a value for a decision; takes no lock."""
    actions = actions_in_window(account, policy=policy_of(account), now=now)
    return build_state(account, load_positions(account).values(), actions=actions)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else to_ms(at)
