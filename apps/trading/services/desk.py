"""The accounts of a group of actions under their locks, with everything that judging the actions needs, read together."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from apps.core.tables import Table, ask, marks
from apps.exchange.types import AccountState, Book, Instrument, Policy, Quote, TradingMode
from apps.market.queries import MarketBoard
from apps.trading.models import ActionVerdict, Position, PropAccount
from apps.trading.queries.halts import effective_modes
from apps.trading.services import exits, volumes
from apps.trading.services.account_state import (
    actions_in_windows,
    build_state,
    load_positions_of,
    policy_of,
)
from apps.trading.types import VerdictStatus

_ACCOUNTS = Table(PropAccount)
_VERDICTS = Table(ActionVerdict)


@dataclass(slots=True)
class Desk:
    """One locked account: its rows as they stand in memory between the actions of a group.

    `policy` is None where the stored document is none: whoever needs it then asks `policy_of`, which says why.
    """

    account: PropAccount
    policy: Policy | None
    positions: dict[str, Position]
    standing: exits.Standing
    actions: int
    is_moved: bool = False

    def held(self) -> list[Position]:
        """The open positions."""
        return [row for row in self.positions.values() if row.size_lots != 0]

    def state(self) -> AccountState:
        """The account as the kernel sees it now."""
        return build_state(self.account, self.positions.values(), actions=self.actions)

    def count_standing(self, symbol: str) -> int:
        """How many exits of the asset stand."""
        return sum(key[0] == symbol for key in self.standing)


@dataclass(frozen=True, slots=True)
class Market:
    """Prices, books, terms and kill switches at one moment, read once for a group."""

    board: MarketBoard
    quotes: dict[str, Quote]
    books: dict[str, Book]
    instruments: dict[str, Instrument]
    modes: dict[str, TradingMode]


def lock_accounts(public_ids: Collection[str]) -> dict[str, PropAccount]:
    """Lock the accounts with these public identifiers in one statement; others are left out.

    In the order of their keys: two groups never wait for each other in a ring.
    """
    lock = ""
    if connection.features.has_select_for_update:
        # Rows that merely point at an account, such as snapshots, may still be written beside us.
        lock = connection.ops.for_update_sql(no_key=True)
    tail = f"WHERE public_id IN ({marks(public_ids)}) ORDER BY id {lock}"
    return {account.public_id: account for account in _ACCOUNTS.fetch(tail, list(public_ids))}


def account_keys(public_ids: Collection[str]) -> dict[str, int]:
    """The keys of the accounts with these public identifiers; others are left out."""
    if not public_ids:
        return {}
    sql = f"SELECT public_id, id FROM {_ACCOUNTS.name} WHERE public_id IN ({marks(public_ids)})"
    return dict(ask(sql, list(public_ids)))


def known_verdicts(action_ids: Collection[int]) -> dict[int, ActionVerdict]:
    """The verdicts that these actions have already, by action."""
    rows = _VERDICTS.fetch(f"WHERE action_id IN ({marks(action_ids)})", list(action_ids))
    return {row.action_id: row for row in rows}


def executed_runs(run_ids: Collection[int]) -> set[int]:
    """Those of the runs of which an action was executed."""
    if not run_ids:
        return set()
    rows = ActionVerdict.objects.filter(action__run_id__in=run_ids, status=VerdictStatus.EXECUTED)
    return set(rows.values_list("action__run_id", flat=True))


def open_desks(accounts: Iterable[PropAccount], *, now: datetime) -> dict[int, Desk]:
    """Desks of locked accounts, by account; the day's volume is fixed where it was not."""
    by_key = {account.pk: account for account in accounts}
    if not by_key:
        return {}
    policies = {account: _policy(account) for account in by_key.values()}
    positions = load_positions_of(by_key)
    standing = exits.load_standing(by_key)
    counts = actions_in_windows({account: policy for account, policy in policies.items() if policy}, now=now)
    desks = {
        account.pk: Desk(
            account=account,
            policy=policy,
            positions=positions.get(account.pk, {}),
            standing=standing.get(account.pk, {}),
            actions=counts.get(account.pk, 0),
        )
        for account, policy in policies.items()
    }
    for account in volumes.fix_volumes(by_key.values(), now=now):
        desks[account.pk].is_moved = True
    return desks


def _policy(account: PropAccount) -> Policy | None:
    try:
        return policy_of(account)
    except ValueError:
        return None


def read_market(board: MarketBoard, desks: Iterable[Desk], symbols: Collection[str]) -> Market:
    """The market for actions in `symbols` by accounts that may hold others; books are read for the former alone."""
    every = {*symbols, *(row.symbol for desk in desks for row in desk.held())}
    books = {symbol: book for symbol in sorted(set(symbols)) if (book := board.book(symbol)) is not None}
    return Market(
        board=board,
        quotes=board.quotes(every),
        books=books,
        instruments=board.instruments(every),
        modes=effective_modes(set(symbols)),
    )
