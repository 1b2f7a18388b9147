"""Forking: a new clone of the same owner that starts from a published version."""

from datetime import datetime

from django.db import transaction

from apps.clones.models import Clone, StrategyVersion
from apps.clones.services.clones import add_clone, refuse_beyond_free
from apps.core.errors import NotFound
from apps.operations import audit


@transaction.atomic
def fork_clone(*, clone: Clone, version: StrategyVersion, name: str, by: audit.Actor, now: datetime) -> Clone:
    """Copy a version of `clone` into the draft of a new clone that remembers where it came from.

    The draft may be beyond the new clone's entitlement; publishing it then asks for a bigger one. Raises NotFound
    for another clone's version, PermissionRefused when the owner has no free clone left.
    """
    if version.clone_id != clone.pk:
        raise NotFound("This clone has no such version.", code="VERSION_NOT_FOUND")
    refuse_beyond_free(clone.owner, now=now)
    return add_clone(
        owner_id=clone.owner_id,
        name=name,
        description="",
        document=version.document,
        forked_from=version,
        by=by,
        now=now,
    )
