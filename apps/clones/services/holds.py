"""Holding a clone: who uses it says so, and it cannot be deleted meanwhile."""

from datetime import datetime

from django.db import transaction

from apps.clones.models import Clone, CloneHold
from apps.clones.types import CloneStatus
from apps.core.errors import Conflict


@transaction.atomic
def place_hold(*, clone: Clone, purpose: str, reference: str, now: datetime) -> CloneHold:
    """Hold the clone for `reference` (once for ever); placing an open hold again returns it.

    Raises Conflict where the clone was deleted (CLONE_DELETED), or the reference holds another clone or was
    released (HOLD_USED).
    """
    # A deletion waits for this lock or has happened before it.
    locked = Clone.objects.select_for_update(no_key=True).get(pk=clone.pk)
    if locked.status == CloneStatus.DELETED:
        raise Conflict("This clone was deleted.", code="CLONE_DELETED")
    hold, _ = CloneHold.objects.get_or_create(
        reference=reference, defaults={"clone": locked, "purpose": purpose, "placed_at": now}
    )
    if hold.clone_id != clone.pk or hold.released_at is not None:
        raise Conflict(f"{reference} has been used for a hold before.", code="HOLD_USED")
    return hold


def release_hold(*, reference: str, now: datetime) -> bool:
    """Let the clone go; False where the reference holds nothing any more. Repeating it changes nothing."""
    return bool(
        CloneHold.objects.filter(reference=reference, released_at__isnull=True).update(released_at=now)
    )
