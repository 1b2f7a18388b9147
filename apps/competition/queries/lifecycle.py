"""What players see of a clone, derived from several tables."""

from collections.abc import Iterable
from typing import Any

from apps.clones import queries as clones
from apps.clones.types import ENDED
from apps.competition.models import ArenaMembership, Audition, PromotionEntry
from apps.competition.types import AuditionStatus, EntryStatus, LifecycleRow, LifecycleState


def lifecycle_state(clone: Any) -> LifecycleState:
    """What players see of one clone."""
    return lifecycle_states([clone])[clone.pk]


def lifecycle_states(listed: Iterable[Any]) -> dict[int, LifecycleState]:
    """What players see of each clone, by its key; the same four reads however many clones there are.

    A clone whose career in the Arena is over, or who was taken out of the queue, is configured again.
    """
    chosen = list(listed)
    keys = [clone.pk for clone in chosen]
    members = ArenaMembership.objects.filter(clone__in=keys, ended_at__isnull=True)
    competing = set(members.order_by().values_list("clone_id", flat=True))
    entries = PromotionEntry.objects.filter(clone__in=keys, status=EntryStatus.WAITING)
    waiting = set(entries.order_by().values_list("clone_id", flat=True))
    judged = Audition.objects.filter(clone__in=keys).order_by("id").values_list("clone_id", "status")
    latest = dict(judged)  # the last of a clone's auditions stands
    published = clones.published_among(keys)
    states: dict[int, LifecycleState] = {}
    for clone in chosen:
        if clone.status in ENDED:
            states[clone.pk] = LifecycleState.RETIRED
        elif clone.pk in competing:
            states[clone.pk] = LifecycleState.COMPETING
        elif clone.pk in waiting:
            states[clone.pk] = LifecycleState.COMPETITION_ELIGIBLE
        else:
            states[clone.pk] = _before_the_queue(latest.get(clone.pk), published=clone.pk in published)
    return states


def lifecycle_rows(listed: Iterable[Any]) -> list[LifecycleRow]:
    """The clones with their states, in the same order."""
    chosen = list(listed)
    states = lifecycle_states(chosen)
    return [LifecycleRow(clone.public_id, clone.name, states[clone.pk]) for clone in chosen]


def _before_the_queue(audition_status: str | None, *, published: bool) -> LifecycleState:
    if audition_status == AuditionStatus.RUNNING:
        return LifecycleState.AUDITION_RUNNING
    if audition_status in {AuditionStatus.FAILED, AuditionStatus.VOIDED}:
        return LifecycleState.AUDITION_FAILED
    return LifecycleState.CONFIGURED if published else LifecycleState.SETUP_REQUIRED
