"""Creating, hiding, reinstating and retiring clones."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from apps.clones import graph
from apps.clones.models import Clone, Draft
from apps.clones.naming import clean_description, clean_name
from apps.clones.services.entitlements import grant_entitlement
from apps.clones.services.strategies import checked
from apps.clones.types import TRANSITIONS, CloneStatus, ModelStrength, Tier
from apps.core import states
from apps.operations import audit

DEFAULT_ASSETS = ("BTC",)


@transaction.atomic
def create_clone(
    *,
    owner: AbstractUser,
    name: str,
    by: audit.Actor,
    now: datetime,
    description: str = "",
    document: Mapping[str, Any] | None = None,
) -> Clone:
    """Create a clone with its draft and a mock Starter entitlement, which may never audition.

    Without a document the draft is a basic trend follower. Raises InvalidInput for a name, a description or a
    document that cannot be.
    """
    draft = document if document is not None else graph.basic(assets=DEFAULT_ASSETS)
    checked(draft, tier=Tier.STARTER)
    clone = Clone.objects.create(
        owner_id=owner.pk, name=clean_name(name), description=clean_description(description), created_at=now
    )
    Draft.objects.create(clone=clone, document=dict(draft), updated_at=now)
    audit.record(verb="clones.clone.created", by=by, subject=clone, now=now)
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


def hide_clone(*, clone: Clone, reason: str, by: audit.Actor, now: datetime) -> Clone:
    """Take the public profile away; trading goes on. Raises IllegalTransition when it is not live."""
    return _move(clone=clone, to=CloneStatus.HIDDEN, verb="hidden", reason=reason, by=by, now=now)


def reinstate_clone(*, clone: Clone, reason: str, by: audit.Actor, now: datetime) -> Clone:
    """Give a hidden clone its profile back. Raises IllegalTransition when it is not hidden."""
    return _move(clone=clone, to=CloneStatus.LIVE, verb="reinstated", reason=reason, by=by, now=now)


def retire_clone(*, clone: Clone, reason: str, by: audit.Actor, now: datetime) -> Clone:
    """Retire a clone for ever; its history stays. Raises IllegalTransition when it is retired already."""
    return _move(clone=clone, to=CloneStatus.RETIRED, verb="retired", reason=reason, by=by, now=now)


@transaction.atomic
def _move(*, clone: Clone, to: CloneStatus, verb: str, reason: str, by: audit.Actor, now: datetime) -> Clone:
    states.advance(clone, to=to, table=TRANSITIONS)
    audit.record(verb=f"clones.clone.{verb}", by=by, subject=clone, reason=reason, now=now)
    return clone
