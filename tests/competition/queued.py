"""Clones that passed and wait, each in a queue of a given length, for the tests of the Arena."""

from typing import Any

from apps.competition import invariants
from apps.competition.models import PromotionEntry
from apps.competition.services import evaluating
from apps.operations.invariants import registered
from tests.competition.trials import begun, fresh, mark, minutes

READY = minutes(3)
"""When everybody has passed."""


def passed(number: int) -> PromotionEntry:
    """A clone of its own that has passed and waits."""
    audition = begun(f"Contender {number}{number}", number=number)
    for at in (1, 2):
        mark(audition, 3, minutes=at)
    evaluating.evaluate(audition=fresh(audition), now=READY)
    return PromotionEntry.objects.select_related("clone", "audition__rulebook").get(audition=audition)


def waiting(count: int) -> list[PromotionEntry]:
    """So many clones that wait, in the order of the queue."""
    return [passed(number) for number in range(1, count + 1)]


def again(entry: PromotionEntry) -> PromotionEntry:
    """The place as the database has it now, as another process reads it."""
    return PromotionEntry.objects.select_related("clone", "audition__rulebook").get(pk=entry.pk)


def broken() -> dict[str, list[str]]:
    """Every invariant of competition that does not hold."""
    ours = [one for one in registered() if one.check.__module__ == invariants.__name__]
    return {one.key: found for one in ours if (found := one.check())}


def state_of(entry: PromotionEntry) -> tuple[Any, ...]:
    """Its state and its reason, as stored."""
    return PromotionEntry.objects.values_list("status", "reason").get(pk=entry.pk)
