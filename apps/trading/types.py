"""Words of prop trading that may cross the border: states, causes, books frozen results."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices

ACTION_TTL = timedelta(hours=1)
"""A proposed action older than this (market time) is denied as expired and never filled."""


class Purpose(TextChoices):
    """Why an account exists."""

    AUDITION = "audition"
    ARENA = "arena"
    DEMONSTRATION = "demonstration"
    REPLAY = "replay"


class AccountStatus(TextChoices):
    """Where a prop account stands."""

    PENDING = "pending"
    ACTIVE = "active"
    REDUCE_ONLY = "reduce_only"
    HALTED = "halted"
    PAUSED = "paused"
    LOCKED = "locked"
    COMPLETED = "completed"
    LIQUIDATED = "liquidated"


_S = AccountStatus
_ENDS = {_S.COMPLETED, _S.LIQUIDATED}
ACCOUNT_TRANSITIONS: Mapping[str, frozenset[str]] = {
    _S.PENDING: frozenset({_S.ACTIVE, _S.COMPLETED}),
    _S.ACTIVE: frozenset({_S.REDUCE_ONLY, _S.HALTED, _S.PAUSED, _S.LOCKED, *_ENDS}),
    _S.REDUCE_ONLY: frozenset({_S.ACTIVE, _S.HALTED, _S.PAUSED, _S.LOCKED, *_ENDS}),
    # Every other open state lets stops and liquidation fill, so a halt ends only where somebody says so: by resuming.
    _S.HALTED: frozenset({_S.ACTIVE, *_ENDS}),
    _S.PAUSED: frozenset({_S.ACTIVE, _S.REDUCE_ONLY, _S.HALTED, _S.LOCKED, *_ENDS}),
    _S.LOCKED: frozenset({_S.ACTIVE, _S.HALTED, *_ENDS}),
    _S.COMPLETED: frozenset(),
    _S.LIQUIDATED: frozenset(),
}
TRANSITIONS = ACCOUNT_TRANSITIONS
OPEN_STATUSES = (
    AccountStatus.ACTIVE,
    AccountStatus.REDUCE_ONLY,
    AccountStatus.HALTED,
    AccountStatus.PAUSED,
    AccountStatus.LOCKED,
)
TRADABLE_STATUSES = (AccountStatus.ACTIVE, AccountStatus.REDUCE_ONLY)
CLOSED_STATUSES = (AccountStatus.COMPLETED, AccountStatus.LIQUIDATED)


class VerdictStatus(TextChoices):
    """What became of a proposed action; recorded once and never changed."""

    EXECUTED = "executed"
    DENIED = "denied"
    HELD = "held"


class DryAccount(TextChoices):
    """Whose account a dry run trades with on paper: a fresh one made up for it, or the clone's own as it stands."""

    FRESH = "fresh"
    LIVE = "live"


class OrderCause(TextChoices):
    """Who asked for an order."""

    ACTION = "action"
    STOP = "stop"
    TARGET = "target"
    TRAILING = "trailing"
    TIME_EXIT = "time_exit"
    LIQUIDATION = "liquidation"
    BACKSTOP = "backstop"
    DRAWDOWN = "drawdown"
    DELISTING = "delisting"
    CLOSE = "close"


class OrderStatus(TextChoices):
    """An order is written together with its fills, so it is born filled."""

    FILLED = "filled"
    CANCELLED = "cancelled"


class TriggerStatus(TextChoices):
    """Where a standing exit stands; every one of them ends once, with a reason."""

    STANDING = "standing"
    FIRED = "fired"
    REPLACED = "replaced"
    CANCELLED = "cancelled"


class HaltScope(TextChoices):
    """What a kill switch covers; an account has its own states for it."""

    EVERYTHING = "everything"
    ASSET = "asset"


class Book(TextChoices):
    """Books of the ledger: the account's cash and the counter books that balance it."""

    CASH = "cash"
    CAPITAL = "capital"
    FEES = "fees"
    PNL = "pnl"
    FUNDING = "funding"
    ADJUSTMENT = "adjustment"


COUNTER_BOOK: Mapping[str, str] = {
    "deposit": Book.CAPITAL,
    "fee": Book.FEES,
    "realized_pnl": Book.PNL,
    "funding": Book.FUNDING,
    "adjustment": Book.ADJUSTMENT,
    "backstop": Book.ADJUSTMENT,
}
"""Which counter book balances a posting of each kind."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One money movement to book: the cash leg in micro-dollars, and the unique source it comes from."""

    kind: str
    amount_micros: int
    reference: str


@dataclass(frozen=True, slots=True)
class AccountResult:
    """What competition may judge: figures of one account, in micro-dollars, after fees and funding."""

    account_id: int
    public_id: str
    status: str
    start: int
    equity: int
    peak: int
    low: int
    max_drawdown_bps: int
    executed_orders: int
    profit_by_symbol: Mapping[str, int]
    open_positions: int
    last_marked_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None
    closed_reason: str


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """Equity of an account at one mark, in micro-dollars."""

    at: datetime
    equity_micros: int


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """One account on a leaderboard; money in micro-dollars, return in basis points."""

    account_id: int
    public_id: str
    clone_id: int
    status: str
    starting_micros: int
    equity_micros: int
    return_bps: int
    max_drawdown_bps: int
    executed_orders: int
    open_positions: int
    last_marked_at: datetime | None
