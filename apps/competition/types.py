"""Words of competition that may cross the border: states, transition tables, rulebooks and standings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import TextChoices

from apps.competition.terms import Basis, Boundary, Drawdown, Outage, RulebookTerms

__all__ = [
    "AUDITION_TRANSITIONS",
    "ENTRY_TRANSITIONS",
    "REFUND_DECISIONS",
    "AuditionStatus",
    "AuditionView",
    "AuthorisedRefund",
    "Basis",
    "Boundary",
    "Breach",
    "Drawdown",
    "EntryStatus",
    "LifecycleRow",
    "LifecycleState",
    "Mark",
    "Obstacle",
    "Outage",
    "Performance",
    "QueueRow",
    "RefundDecision",
    "RulebookTerms",
    "Standing",
    "Step",
    "Verdict",
    "Watch",
    "Why",
]


class AuditionStatus(TextChoices):
    """What became of an audition."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    VOIDED = "voided"


AUDITION_TRANSITIONS: Mapping[str, frozenset[str]] = {
    AuditionStatus.RUNNING: frozenset({AuditionStatus.PASSED, AuditionStatus.FAILED, AuditionStatus.VOIDED}),
    AuditionStatus.PASSED: frozenset(),
    AuditionStatus.FAILED: frozenset(),
    AuditionStatus.VOIDED: frozenset(),
}


class EntryStatus(TextChoices):
    """Where a clone stands in the promotion queue."""

    WAITING = "waiting"
    ADMITTED = "admitted"
    REMOVED = "removed"


ENTRY_TRANSITIONS: Mapping[str, frozenset[str]] = {
    EntryStatus.WAITING: frozenset({EntryStatus.ADMITTED, EntryStatus.REMOVED}),
    EntryStatus.ADMITTED: frozenset(),
    EntryStatus.REMOVED: frozenset(),
}


class Obstacle(TextChoices):
    """What keeps a waiting clone out of the Arena; it keeps its place and is passed over meanwhile."""

    PROFILE_NOT_LIVE = "PROFILE_NOT_LIVE", "Its public profile is hidden"
    NOT_PUBLISHED = "NOT_PUBLISHED", "It has no published strategy"
    ALREADY_MEMBER = "ALREADY_MEMBER", "It has a slot already"
    REFUND_ASKED = "REFUND_ASKED", "Giving its fee back was asked for"
    ENTITLEMENT_LOST = "ENTITLEMENT_LOST", "The grant of its audition was withdrawn"
    AUDITION_FLAGGED = "AUDITION_FLAGGED", "What was paid for its audition is in doubt"


class RefundDecision(TextChoices):
    """Whether a fee may be given back."""

    WAITING = "waiting", "Waits for a second person"
    AUTHORISED = "authorised", "Authorised"
    DENIED = "denied", "Denied"


REFUND_DECISIONS: Mapping[str, frozenset[str]] = {
    RefundDecision.WAITING: frozenset({RefundDecision.AUTHORISED, RefundDecision.DENIED}),
    RefundDecision.AUTHORISED: frozenset(),
    RefundDecision.DENIED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class AuthorisedRefund:
    """Leave to give one grant's fee back, as the payer reads it; `source` says where the grant came from."""

    key: int
    public_id: str
    entitlement_id: int
    source: str
    audition_public_id: str
    clone_public_id: str
    reason: str
    authorised_at: datetime | None


class LifecycleState(TextChoices):
    """What players see of a clone; derived from several tables, stored in none."""

    SETUP_REQUIRED = "setup_required"
    CONFIGURED = "configured"
    AUDITION_RUNNING = "audition_running"
    AUDITION_FAILED = "audition_failed"
    COMPETITION_ELIGIBLE = "competition_eligible"
    COMPETING = "competing"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class LifecycleRow:
    """A clone and what players see of it."""

    public_id: str
    name: str
    state: LifecycleState


@dataclass(frozen=True, slots=True)
class Mark:
    """An account at one of its marks, in micro-dollars; `balance` leaves open profits out."""

    at: datetime
    equity: int
    balance: int


@dataclass(frozen=True, slots=True)
class Breach:
    """The first mark that reached a limit or the target: the value at the mark before, at this one, and that limit."""

    rule: str
    at: datetime
    before: int
    after: int
    limit: int


@dataclass(frozen=True, slots=True)
class Watch:
    """A path of marks followed up to `through_at`, in micro-dollars of what the rulebook looks at.

    `day` is the number of the day of the last mark, `day_start` the value it began with. Nothing is followed beyond a
    breach.
    """

    value: int
    peak: int
    day: int
    day_start: int
    through_at: datetime | None = None
    breach: Breach | None = None


@dataclass(frozen=True, slots=True)
class Performance:
    """What a verdict rests on: money in micro-dollars, profit per symbol after fees.

    `balance` leaves open profits out, `marks` says how many marks there are (two stand for more), `breach` is the mark
    of the path that decided.
    """

    start: int
    equity: int
    low: int
    executed_orders: int
    profit_by_symbol: Mapping[str, int]
    account_open: bool
    balance: int
    marks: int
    breach: Breach | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement: passed, failed or still running, with the reason and the figures it was read from."""

    status: str
    reason: str
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditionView:
    """One audition as pages and the API show it; money in micro-dollars, progress in basis points of the target.

    Its `reason` is a code that anybody may read.
    """

    public_id: str
    clone_public_id: str
    clone_name: str
    account_id: int
    account_public_id: str
    status: str
    reason: str
    started_at: datetime
    ends_at: datetime
    result_at: datetime | None
    extended_minutes: int
    deferred_reason: str
    is_flagged: bool
    start: int
    equity: int
    target_micros: int
    floor_micros: int
    progress_bps: int
    executed_orders: int
    min_orders: int
    rulebook_digest: str
    rulebook_title: str
    demonstration: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One order on the way to a verdict, in micro-dollars, and the decision that asked for it (blank for a forced one)."""

    at: datetime
    order_public_id: str
    run_public_id: str
    symbol: str
    side: int
    cause: str
    size_lots: int
    size_decimals: int
    notional_micros: int
    fee_micros: int
    realized_micros: int


@dataclass(frozen=True, slots=True)
class Why:
    """Why an audition ended as it did. Money in micro-dollars of what the rulebook looks at.

    `rule` is the deciding rule in a sentence; `at` the mark that decided, with the values at the mark before and at
    it and the `limit`, all None where no mark decided. `path` are marks around it, `steps` the orders that led there,
    both oldest first; both empty for who may not read the account.
    """

    audition: AuditionView
    reason: str
    rule: str
    at: datetime | None
    before: int | None
    after: int | None
    limit: int | None
    path: tuple[Mark, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One place in the promotion queue."""

    sequence: int
    clone_public_id: str
    clone_name: str
    status: str
    reason: str
    waiting_since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the Arena's leaderboard; money in micro-dollars, rates in basis points."""

    rank: int | None
    slot_number: int
    membership_public_id: str
    clone_public_id: str
    clone_name: str
    account_id: int
    account_public_id: str
    since: datetime
    start: int
    equity: int
    return_bps: int
    max_drawdown_bps: int
    executed_orders: int
    open_positions: int
