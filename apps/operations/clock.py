"""The two clocks: real time, and the market time that every process shares."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apps.operations.models import ClockAnchor

CACHE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Anchor:
    """The clock's setting: `market_at` was shown at `real_at`, running `speed` times as fast."""

    real_at: datetime
    market_at: datetime
    speed: float
    catch_up: bool


@dataclass(slots=True)
class _Cache:
    anchor: Anchor | None = None
    read_at: float = float("-inf")


_cache = _Cache()


def real_now() -> datetime:
    """The time of this machine, aware, in UTC. Leases and heartbeats use it."""
    return datetime.now(UTC)


def now() -> datetime:
    """The market time: real time unless an anchor makes it virtual."""
    return market_time(current_anchor(), real_now())


def market_of(real: datetime) -> datetime:
    """The market time at a real time: what acts of real time date by where they touch rows of the market's."""
    return market_time(current_anchor(), real)


def speed() -> float:
    """How many market seconds pass in one real second, now."""
    return market_speed(current_anchor(), real_now())


def market_time(anchor: Anchor | None, real: datetime) -> datetime:
    """The market time at real time `real` under `anchor`; with catch_up it never passes real time."""
    if anchor is None:
        return real
    moved = anchor.market_at + timedelta(seconds=(real - anchor.real_at).total_seconds() * anchor.speed)
    return min(moved, real) if anchor.catch_up else moved


def market_speed(anchor: Anchor | None, real: datetime) -> float:
    """The clock's pace at real time `real`: 1 once a catching-up clock has arrived."""
    if anchor is None or (anchor.catch_up and market_time(anchor, real) >= real):
        return 1.0
    return anchor.speed


def current_anchor() -> Anchor | None:
    """The shared anchor, read at most once per second and process; None while the clock is real time."""
    elapsed = time.monotonic() - _cache.read_at
    if not 0 <= elapsed < CACHE_SECONDS:
        row = ClockAnchor.objects.filter(pk=1).first()
        _cache.anchor = Anchor(row.real_at, row.market_at, row.speed, row.catch_up) if row else None
        _cache.read_at = time.monotonic()
    return _cache.anchor


def set_anchor(*, real_now: datetime, market_at: datetime, speed: float, catch_up: bool = False) -> None:
    """Make the market clock show `market_at` at `real_now` and run `speed` times as fast, in every process
    within a second.

    Raises ValueError unless 0 < speed <= 1,000,000.
    """
    if not 0 < speed <= 1_000_000:
        raise ValueError("The clock's speed must be above 0 and at most 1,000,000.")
    ClockAnchor.objects.update_or_create(
        pk=1,
        defaults={"real_at": real_now, "market_at": market_at, "speed": speed, "catch_up": catch_up},
    )
    forget()


def clear_anchor() -> None:
    """Return to real time."""
    ClockAnchor.objects.filter(pk=1).delete()
    forget()


def forget() -> None:
    """Drop this process's copy of the anchor: the next reading asks the database."""
    _cache.anchor = None
    _cache.read_at = float("-inf")
