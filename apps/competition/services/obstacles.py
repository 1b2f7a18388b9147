"""What stands between a waiting clone and a slot, and the record of it: who is passed over can read since when and why."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from apps.clones import queries as clones
from apps.clones.types import ENDED, CloneStatus
from apps.competition.models import PromotionEntry, QueueNote, RefundAuthorisation
from apps.competition.types import EntryStatus, Obstacle, RefundDecision


def obstacles(entries: Sequence[PromotionEntry], *, members: Collection[int]) -> dict[int, str]:
    """What keeps each entry out, by its key; blank where nothing does. The same reads for one entry and for all.

    The entries come with their clone, audition and grant; `members` are the clones that have a slot.
    """
    published = clones.published_among(entry.clone_id for entry in entries)
    grants = [entry.audition.entitlement_id for entry in entries]
    asked = RefundAuthorisation.objects.filter(entitlement__in=grants).exclude(status=RefundDecision.DENIED)
    returned = set(asked.order_by().values_list("entitlement_id", flat=True))
    return {
        entry.pk: _obstacle(entry, published=published, members=members, returned=returned)
        for entry in entries
    }


def _obstacle(
    entry: PromotionEntry, *, published: Collection[int], members: Collection[int], returned: Collection[int]
) -> str:
    audition = entry.audition
    tried = {
        Obstacle.PROFILE_NOT_LIVE: entry.clone.status != CloneStatus.LIVE,
        Obstacle.NOT_PUBLISHED: entry.clone_id not in published,
        Obstacle.ALREADY_MEMBER: entry.clone_id in members,
        Obstacle.REFUND_ASKED: audition.entitlement_id in returned,
        Obstacle.ENTITLEMENT_LOST: audition.entitlement.revoked_at is not None,
        Obstacle.AUDITION_FLAGGED: audition.flagged_at is not None,
    }
    return next((str(obstacle) for obstacle, stands in tried.items() if stands), "")


def note(entries: Sequence[PromotionEntry], *, standing: Mapping[int, str], now: datetime) -> None:
    """Write down each obstacle that is not the one an entry carries, as its reason and as a note of its own."""
    news: dict[str, list[PromotionEntry]] = defaultdict(list)
    for entry in entries:
        if entry.reason != standing[entry.pk]:
            news[standing[entry.pk]].append(entry)
    for reason, changed in news.items():
        keys = [entry.pk for entry in changed]
        PromotionEntry.objects.filter(pk__in=keys, status=EntryStatus.WAITING).update(reason=reason)
    QueueNote.objects.bulk_create(
        QueueNote(entry=entry, reason=reason, at=now) for reason, changed in news.items() for entry in changed
    )


def absence(status: str) -> str:
    """Why a clone of this status may not stay where it is."""
    return "CLONE_RETIRED" if status in ENDED else Obstacle.PROFILE_NOT_LIVE.value
