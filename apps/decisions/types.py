"""The words of decisions that cross the border: run states, refusal codes and due slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices

from apps.core.errors import Conflict


class RunStatus(TextChoices):
    """Where a decision run stands."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Skipped"


TRANSITIONS: Mapping[str, frozenset[str]] = {
    RunStatus.QUEUED: frozenset({RunStatus.RUNNING, RunStatus.SKIPPED}),
    RunStatus.RUNNING: frozenset(
        {RunStatus.QUEUED, RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.SKIPPED}
    ),
    RunStatus.COMPLETED: frozenset(),
    RunStatus.FAILED: frozenset(),
    RunStatus.SKIPPED: frozenset(),
}
FINISHED = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.SKIPPED})


class RunCode(TextChoices):
    """Why a run ended without actions; stable codes."""

    INVALID_OUTPUT = "INVALID_OUTPUT", "The answer was not in the agreed format"
    ASSET_NOT_ALLOWED = "ASSET_NOT_ALLOWED", "The answer named another asset"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED", "The answer asked for a number out of range"
    ENGINE_UNAVAILABLE = "ENGINE_UNAVAILABLE", "The engine could not answer"
    CONTEXT_MISSING = "CONTEXT_MISSING", "No knowable price or candle, or nothing of a required stream"
    CONTEXT_STALE = "CONTEXT_STALE", "The newest knowable price, or a required stream, is too old"
    CONTEXT_TOO_LARGE = "CONTEXT_TOO_LARGE", "The account alone is more than the model may be told"
    PRICE_MISSING = "PRICE_MISSING", "The source has no price now"
    PRICE_STALE = "PRICE_STALE", "The source repeats an old price"
    PRICE_NOT_POSITIVE = "PRICE_NOT_POSITIVE", "The newest price is zero or negative"
    PRICE_NOT_A_NUMBER = "PRICE_NOT_A_NUMBER", "The newest price is no number"
    PRICE_JUMP = "PRICE_JUMP", "The newest price jumped and waits for confirmation"
    DECISION_STALE = "DECISION_STALE", "The answer came after its slot had closed"
    SLOT_MISSED = "SLOT_MISSED", "The slot closed before the run could start"
    LEASE_EXPIRED = "LEASE_EXPIRED", "The worker vanished too often"
    ENTITLEMENT_LOST = "ENTITLEMENT_LOST", "What the clone may use was withdrawn"
    PROMPT_MISSING = "PROMPT_MISSING", "The version has no such enabled prompt for the asset"
    PROMPT_SECRET = "PROMPT_SECRET", "The prompt held what looks like a secret"
    PROVIDER_ERROR = "PROVIDER_ERROR", "The model's provider gave no answer"
    BREAKER_OPEN = "BREAKER_OPEN", "The model's provider is in trouble and left in peace"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED", "The money for models is spent"
    MODEL_HALTED = "MODEL_HALTED", "A kill switch stops the model"


class CallStatus(TextChoices):
    """What became of one call of a model."""

    PENDING = "pending", "Under way"
    TAKEN = "taken", "Taken as the answer"
    REFUSED = "refused", "Answered, and not in the agreed format"
    DISCARDED = "discarded", "Answered too late, another answer was taken"
    FAILED = "failed", "Failed"
    LOST = "lost", "Its worker vanished"


CALL_TRANSITIONS: Mapping[str, frozenset[str]] = {
    CallStatus.PENDING: frozenset(
        {
            CallStatus.TAKEN,
            CallStatus.REFUSED,
            CallStatus.DISCARDED,
            CallStatus.FAILED,
            CallStatus.LOST,
        }
    ),
    CallStatus.TAKEN: frozenset(),
    CallStatus.REFUSED: frozenset(),
    CallStatus.DISCARDED: frozenset(),
    CallStatus.FAILED: frozenset(),
    CallStatus.LOST: frozenset({CallStatus.DISCARDED}),
}
"""A worker that was taken for dead may still come back with an answer, which is only kept."""


class CallFault(TextChoices):
    """Why a call of a model brought no usable answer."""

    TIMEOUT = "timeout", "No answer in time"
    RATE_LIMITED = "rate_limited", "The provider asks for slower questions"
    UNAVAILABLE = "unavailable", "The provider is down"
    CUT = "cut", "The answer was cut off on its way"
    MALFORMED = "malformed", "The answer was not of the protocol"
    REFUSED = "refused", "The model or its provider refused to answer"
    FILTERED = "filtered", "A content filter held the answer back"
    LENGTH = "length", "The answer was longer than it may be"
    AUTH = "auth", "The key was refused"
    QUOTA = "quota", "The account at the provider is empty"
    RETIRED_MODEL = "retired_model", "The provider no longer has the model"


class SpendScope(TextChoices):
    """Whose money a budget counts."""

    EVERYTHING = "everything", "Everything"
    USER = "user", "One user"


class HaltScope(TextChoices):
    """How much a kill switch over models stops."""

    EVERYTHING = "everything", "Every model"
    PROVIDER = "provider", "One provider"


class WakeCause(TextChoices):
    """Why a decision was made before its cadence asked for it."""

    PRICE_MOVE = "price_move", "The price moved"
    STOP_HIT = "stop_hit", "A standing exit was hit"
    NEW_MARKET = "new_market", "A new prediction market appeared"


class RunHeld(Conflict):
    """Another worker holds the run; ask again later: it will be finished, or free.

    `until` is when the lease ends under which it may be claimed anew, in real time, where that is known.
    """

    code = "RUN_HELD"
    retryable = True

    def __init__(self, detail: str, *, until: datetime | None = None) -> None:
        super().__init__(detail)
        self.until = until


@dataclass(frozen=True, slots=True)
class DueSlot:
    """One decision that is due: which prompt decides about which asset, for which moment."""

    prompt_key: str
    symbol: str
    slot_at: datetime


@dataclass(frozen=True, slots=True)
class SweepOutcome:
    """What a sweep did: runs put back in the queue, closed as missed, and failed for good."""

    requeued: int
    skipped: int
    failed: int
