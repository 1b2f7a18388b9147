"""Values of operations that cross its border: actors, ticks, reports, grants, states, transitions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import TextChoices


class RunStatus(TextChoices):
    """How the latest run of a cadence stands."""

    IDLE = "idle"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class OutboxStatus(TextChoices):
    """Where a piece of queued work stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


OUTBOX_TRANSITIONS: Mapping[str, frozenset[str]] = {
    OutboxStatus.PENDING: frozenset({OutboxStatus.RUNNING}),
    OutboxStatus.RUNNING: frozenset({OutboxStatus.PENDING, OutboxStatus.DONE, OutboxStatus.DEAD}),
    OutboxStatus.DONE: frozenset(),
    OutboxStatus.DEAD: frozenset({OutboxStatus.PENDING}),
}


class HeldStatus(TextChoices):
    """Where an act that needs a second person stands."""

    WAITING = "waiting"
    RELEASED = "released"
    REFUSED = "refused"
    FAILED = "failed", "Could not be carried out"
    EXPIRED = "expired"


HELD_TRANSITIONS: Mapping[str, frozenset[str]] = {
    HeldStatus.WAITING: frozenset(
        {HeldStatus.RELEASED, HeldStatus.REFUSED, HeldStatus.FAILED, HeldStatus.EXPIRED}
    ),
    HeldStatus.RELEASED: frozenset(),
    HeldStatus.REFUSED: frozenset(),
    HeldStatus.FAILED: frozenset(),
    HeldStatus.EXPIRED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Tick:
    """What a cadence body is given: the market time, the run's identifier, whether it was forced, how many
    items at most.
    """

    now: datetime
    run_id: str
    force: bool = False
    limit: int = 200


@dataclass(frozen=True, slots=True)
class Report:
    """What a cadence body counted: items seen, done, skipped and failed, and the first errors in words."""

    seen: int = 0
    done: int = 0
    skipped: int = 0
    failed: int = 0
    errors: tuple[str, ...] = ()

    def __add__(self, other: "Report") -> "Report":
        return Report(
            self.seen + other.seen,
            self.done + other.done,
            self.skipped + other.skipped,
            self.failed + other.failed,
            (*self.errors, *other.errors),
        )


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How one call of the runner ended: status is "succeeded", "failed" or "skipped", whose `code` is NOT_DUE
    or, where another process is at it, LEASE_HELD.
    """

    name: str
    status: str
    report: Report = field(default_factory=Report)
    detail: str = ""
    latency_ms: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class LeaseGrant:
    """The right to work under a name; `epoch` fences every write made with it."""

    name: str
    owner: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a part of the system by name, or a signed-in person."""

    kind: str
    identifier: str
    label: str = ""

    @classmethod
    def system(cls, name: str) -> "Actor":
        """A worker or a command, by its task name."""
        return cls("system", name, name)

    @classmethod
    def user(cls, user: Any) -> "Actor":
        """A person, by public identifier where the account has one."""
        identifier = getattr(user, "public_id", None) or str(user.pk)
        return cls("user", identifier, str(user)[:160])
