"""How far a starting arena has come: an ordered list of milestones, each looked up until it is reached."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

from django.apps import apps
from django.db import Error as DatabaseError

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
        Milestone("prices", "first prices", lambda: _has("market", "Quote")),
        Milestone("decision", "first decision", lambda: _has("decisions", "DecisionRun", status="completed")),
        Milestone("filled", "first filled order", lambda: _has("trading", "Fill")),
        Milestone("marked", "first marked account", lambda: _has("trading", "AccountSnapshot")),
        Milestone("page", "the Arena page", lambda: is_served(url)),
    )


def until_arena(url: str) -> tuple[Milestone, ...]:
    """The whole passage: what proves that it trades, then an audition passed and a clone in the Arena."""
    return (
        *until_trading(url),
        Milestone("passed", "an audition to pass", lambda: _has("competition", "Audition", status="passed")),
        Milestone("arena", "a clone in the Arena", lambda: _has("competition", "ArenaMembership")),
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


def _has(app: str, model: str, **wanted: str) -> bool:
    return apps.get_model(app, model)._default_manager.filter(**wanted).exists()
