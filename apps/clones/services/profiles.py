"""A clone's public profile: its name, which nobody else's may be taken for, and its description."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.clones.models import Clone
from apps.clones.naming import clean_description, clean_name, name_key
from apps.clones.types import ENDED
from apps.core.errors import Conflict
from apps.operations import audit


@transaction.atomic
def edit_profile(
    *,
    clone: Clone,
    by: audit.Actor,
    now: datetime,
    name: str | None = None,
    description: str | None = None,
) -> Clone:
    """Change what is given and publish it at once; what says the same again changes nothing.

    Raises InvalidInput for a text that cannot be, Conflict NAME_TAKEN when another clone's name looks alike,
    CLONE_RETIRED when the clone has ended.
    """
    locked = lock_profile(clone)
    wanted = {
        **({"name": clean_name(name)} if name is not None else {}),
        **({"description": clean_description(description)} if description is not None else {}),
    }
    before = {field: getattr(locked, field) for field in wanted}
    changed = [field for field in wanted if wanted[field] != before[field]]
    if not changed:
        return locked
    for field in changed:
        setattr(locked, field, wanted[field])
    locked.name_key = name_key(locked.name) if "name" in changed else locked.name_key
    with name_claimed(locked.name_key):
        locked.save(update_fields=[*changed, "name_key"])
    detail = {field: [before[field], wanted[field]] for field in changed}
    audit.record(verb="clones.profile.edited", by=by, subject=locked, detail=detail, now=now)
    return locked


def check_profile(*, name: str, description: str) -> tuple[str, str]:
    """Name and description as a new clone would have them, held for nobody; raises what creating it now would."""
    cleaned = clean_name(name), clean_description(description)
    holders = Clone.objects.filter(name_key=name_key(cleaned[0])).exclude(status__in=ENDED)
    if holders.exists():
        raise _taken()
    return cleaned


def lock_profile(clone: Clone) -> Clone:
    """The clone's row, locked until the transaction ends; raises Conflict CLONE_RETIRED when it has ended."""
    locked = (
        Clone.objects.select_related("owner").select_for_update(no_key=True, of=("self",)).get(pk=clone.pk)
    )
    if locked.status in ENDED:
        raise Conflict(
            f"This clone is {locked.status}; its profile can no longer change.", code="CLONE_RETIRED"
        )
    return locked


@contextmanager
def name_claimed(key: str) -> Iterator[None]:
    """Write a name of this key inside; raises Conflict NAME_TAKEN when a live or hidden clone holds the key."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        # The unique constraint decides between two that come at once; this only says so in words.
        if "clone_name_confuses_nobody" not in str(error) and "name_key" not in str(error):
            raise
        raise _taken() from error


def _taken() -> Conflict:
    return Conflict("Another clone's name looks like this one; choose another.", code="NAME_TAKEN")
