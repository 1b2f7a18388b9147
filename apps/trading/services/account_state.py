"""From rows to the exchange's values: the account as the kernel and the decision engine see it."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Self

from apps.core.json_strict import dumps_canonical
from apps.core.moments import to_ms
from apps.core.tables import Table, ask, marks, moment
from apps.decisions.services.standing import Standing
from apps.exchange.types import AccountState, Policy
from apps.exchange.types import Position as PositionValue
from apps.market.queries import MarketBoard
from apps.operations.invariants import one_snapshot
from apps.trading.models import Order, Position, PropAccount
from apps.trading.queries.truth import account_truth
from apps.trading.types import OrderCause

_POSITIONS = Table(Position)
_ORDERS = Table(Order)
_MOST = 2**31 - 1


class ReadFrom(NamedTuple):
    """Where an account stood when it was read: the last numbers of its ledger rows, its orders, its policies and of the
    settings and endings of its exits. Whoever reads up to these reads the same, whenever rows are dated.
    """

    ledger: int
    orders: int
    policy: int
    exits: int

    @classmethod
    def of(cls, account: PropAccount) -> Self:
        """The numbers of an account row."""
        return cls(
            account.ledger_sequence, account.order_sequence, account.policy_sequence, account.exit_sequence
        )

    @classmethod
    def found_in(cls, written: object) -> Self | None:
        """The numbers as a decision keeps them, None where it keeps none; raises ValueError for anything else."""
        if not written:
            return None
        if not isinstance(written, Mapping) or sorted(written) != sorted(cls._fields):
            raise ValueError("not the numbers that an account is read from")
        if not all(type(number) is int and 0 <= number <= _MOST for number in written.values()):
            raise ValueError("not the numbers that an account is read from")
        return cls(**written)


def policy_of(account: PropAccount) -> Policy:
    """The execution policy pinned on the account; raises ValueError if the stored document is not one."""
    if not isinstance(account.policy, dict):
        raise ValueError("the stored policy is no object")
    try:
        return _policy_in(dumps_canonical(account.policy))
    except TypeError as error:  # a float, of which no policy has any
        raise ValueError(f"the stored policy is none: {error}") from None


@lru_cache(maxsize=1024)
def _policy_in(text: bytes) -> Policy:
    """Kept, because few policies rule many accounts."""
    return Policy.from_document(json.loads(text))


def load_positions(account: PropAccount) -> dict[str, Position]:
    """Every position row of the account by symbol, flat ones too, in symbol order."""
    return load_positions_of([account.pk]).get(account.pk, {})


def load_positions_of(account_ids: Collection[int]) -> dict[int, dict[str, Position]]:
    """As `load_positions`, for many accounts in one read; accounts without any row are left out."""
    found: dict[int, dict[str, Position]] = {}
    rows = _POSITIONS.fetch(f"WHERE account_id IN ({marks(account_ids)})", list(account_ids))
    # Sorted here: in letters every database would sort by rules of its own, and the kernel is given them in this order.
    for row in sorted(rows, key=lambda row: row.symbol):
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


def read_standing(account_id: int, board: MarketBoard, *, books: bool) -> Standing:
    """The account for a decision of the board's moment, its policy and, where wanted, its books: all as of one commit.

    Takes no lock. Raises ValueError where the stored policy is not one.
    """
    with one_snapshot():
        account = PropAccount.objects.get(pk=account_id)
        policy = policy_of(account)
        actions = actions_in_window(account, policy=policy, now=board.at)
        return Standing(
            account=build_state(account, load_positions(account).values(), actions=actions),
            policy=policy,
            truth=account_truth(account, board) if books else None,
            read_from=ReadFrom.of(account)._asdict(),
        )


def _ms(at: datetime | None) -> int | None:
    return None if at is None else to_ms(at)
