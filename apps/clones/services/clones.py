"""Creating and deleting clones."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.db import transaction

from apps.clones import graph
from apps.clones.models import Clone, Draft, StrategyVersion
from apps.clones.naming import clean_description, clean_name, name_key
from apps.clones.queries import count_created, count_free_clones, has_open_hold
from apps.clones.services.entitlements import grant_entitlement
from apps.clones.services.profiles import name_claimed
from apps.clones.services.strategies import checked
from apps.clones.types import TRANSITIONS, CloneStatus, ModelStrength, Tier
from apps.core import states
from apps.core.errors import Conflict, PermissionRefused
from apps.core.limits import RateLimited
from apps.operations import audit

DEFAULT_ASSETS = ("BTC",)
CREATIONS_PER_FREE_CLONE_A_DAY = 10


@transaction.atomic
def create_clone(
    *,
    owner: AbstractUser,
    name: str,
    by: audit.Actor,
    now: datetime,
    description: str = "",
    document: Mapping[str, Any] | None = None,
    is_paid: bool = False,
) -> Clone:
    """Create a clone with its draft and a mock Starter entitlement, which may never audition.

    Without a document the draft is a basic trend follower. A clone counts as free until something bought is
    granted to it; `is_paid` promises that grant within the caller's transaction. Raises InvalidInput for a name,
    a description or a document that cannot be, Conflict NAME_TAKEN for a name that looks like another clone's,
    PermissionRefused when the owner has no free clone left, RateLimited when too many were made within a day.
    """
    draft = document if document is not None else graph.basic(assets=DEFAULT_ASSETS)
    checked(draft, tier=Tier.STARTER)
    if not is_paid:
        refuse_beyond_free(owner, now=now)
    return add_clone(
        owner_id=owner.pk, name=name, description=description, document=dict(draft), by=by, now=now
    )


def add_clone(
    *,
    owner_id: int,
    name: str,
    description: str,
    document: dict[str, Any],
    by: audit.Actor,
    now: datetime,
    forked_from: StrategyVersion | None = None,
) -> Clone:
    """Write a clone, its draft and its mock entitlement, in the caller's transaction and after its checks."""
    clone = Clone(
        owner_id=owner_id,
        name=clean_name(name),
        description=clean_description(description),
        forked_from=forked_from,
        created_at=now,
    )
    clone.name_key = name_key(clone.name)
    with name_claimed(clone.name_key):
        clone.save(force_insert=True)
    Draft.objects.create(clone=clone, document=document, updated_at=now)
    origin = {"forkedFrom": forked_from.public_id} if forked_from else {}
    audit.record(verb="clones.clone.created", by=by, subject=clone, detail=origin, now=now)
    grant_entitlement(
        clone=clone,
        tier=Tier.STARTER,
        model_strength=ModelStrength.LIGHT,
        is_mock=True,
        source=f"mock:{clone.public_id}",
        by=by,
        now=now,
    )
    return clone


def refuse_beyond_free(owner: AbstractUser, *, now: datetime) -> None:
    """Raise PermissionRefused when the owner has no free clone left, RateLimited when too many were made of late.

    Call it in the creating transaction.
    """
    # Waiting for the owner's row makes two creations of one owner take turns; foreign keys to it stay free.
    get_user_model()._default_manager.select_for_update(no_key=True).get(pk=owner.pk)
    allowed = settings.FREE_CLONES_PER_USER
    if count_free_clones(owner) >= allowed:
        raise PermissionRefused(
            f"You have {allowed} clones without a bought entitlement; buy one, or delete a clone.",
            code="ENTITLEMENT_EXCEEDED",
        )
    # A deleted clone stays as rows: making and deleting must not go on without end.
    if count_created(owner, since=now - timedelta(days=1)) >= allowed * CREATIONS_PER_FREE_CLONE_A_DAY:
        raise RateLimited(retry_after=3600)


@transaction.atomic
def delete_clone(*, clone: Clone, by: audit.Actor, now: datetime) -> Clone:
    """Take a clone away from its owner and the public for ever; its versions and its history stay as rows.

    Raises Conflict CLONE_IN_USE while something holds it, IllegalTransition when it is retired or deleted already.
    """
    # Holds are placed under the same lock, so none can come between the look and the act.
    locked = Clone.objects.select_for_update(no_key=True).get(pk=clone.pk)
    if has_open_hold(locked):
        raise Conflict(
            "This clone is in an audition, the queue, the Arena or a replay; wait until it is over.",
            code="CLONE_IN_USE",
        )
    states.advance(clone, to=CloneStatus.DELETED, table=TRANSITIONS)
    audit.record(verb="clones.clone.deleted", by=by, subject=clone, now=now)
    return clone
