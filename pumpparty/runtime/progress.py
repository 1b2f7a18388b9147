"""How far a starting arena has come: an ordered list of milestones, each looked up until it is reached."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import Error as DatabaseError

from apps.competition import queries as competition
from apps.competition.types import AuditionStatus
from apps.decisions import queries as decisions
from apps.decisions.types import RunStatus
from apps.market import queries as market
from apps.operations import clock
from apps.trading import queries as trading

PAGE_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Milestone:
    """One thing to wait for: a key for programs, words for people, and how to see whether it is there."""

    key: str
    words: str
    reached: Callable[[], bool]


@dataclass
class Progress:
    """Milestones in order, with the seconds after `started` at which each was first seen."""

    milestones: tuple[Milestone, ...]
    started: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)

    def look(self) -> list[Milestone]:
        """Look for what is still missing; returns what was reached just now."""
        fresh = []
        for milestone in self.milestones:
            if milestone.key not in self.seconds and _is_reached(milestone):
                self.seconds[milestone.key] = round(time.monotonic() - self.started, 2)
                fresh.append(milestone)
        return fresh

    def missing(self) -> list[Milestone]:
        """What has not been reached yet, in order."""
        return [milestone for milestone in self.milestones if milestone.key not in self.seconds]


def until_trading(url: str) -> tuple[Milestone, ...]:
    """What proves that an arena works: prices, a filled order, a marked account, the page that shows it."""
    return (
        Milestone("prices", "first prices", _has_prices),
        Milestone("decision", "first decision", _has_decided),
        Milestone("filled", "first filled order", lambda: trading.count_fills() > 0),
        Milestone("marked", "first marked account", _has_marked),
        Milestone("page", "the Arena page", lambda: is_served(url)),
    )


def until_arena(url: str) -> tuple[Milestone, ...]:
    """The whole passage: what proves that it trades, then an audition passed and a clone in the Arena."""
    return (
        *until_trading(url),
        Milestone("passed", "an audition to pass", _has_passed),
        Milestone("arena", "a clone in the Arena", lambda: competition.count_arena() > 0),
    )


def is_served(url: str) -> bool:
    """Whether the address answers 200 over HTTP."""
    try:
        with urllib.request.urlopen(url, timeout=PAGE_TIMEOUT) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _is_reached(milestone: Milestone) -> bool:
    try:
        return milestone.reached()
    except DatabaseError:
        return False


def _has_prices() -> bool:
    return bool(market.latest_quotes(market.instruments(), at=clock.now()))


def _has_decided() -> bool:
    return decisions.count_runs()[RunStatus.COMPLETED.value] > 0


def _has_marked() -> bool:
    return trading.list_accounts().filter(last_marked_at__isnull=False).exists()


def _has_passed() -> bool:
    return competition.count_auditions(AuditionStatus.PASSED) > 0
