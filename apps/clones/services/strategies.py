"""Saving a draft and publishing it as the one active version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.clones import graph
from apps.clones.models import Clone, Draft, StrategyVersion
from apps.clones.queries import active_version, effective_entitlement
from apps.clones.types import CloneStatus
from apps.core.errors import Conflict, DomainError, InvalidInput, PermissionRefused
from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.operations import audit


def checked(document: object, *, tier: str) -> graph.CompiledStrategy:
    """Compile a document within a tier.

    Raises InvalidInput GRAPH_INVALID, or PermissionRefused ENTITLEMENT_EXCEEDED, with the node's path.
    """
    try:
        strategy = graph.compile(document)
        graph.check_limits(strategy, tier=tier)
    except graph.LimitExceeded as fault:
        raise PermissionRefused(str(fault), code=fault.code) from fault
    except graph.GraphInvalid as fault:
        raise InvalidInput(str(fault), code=fault.code) from fault
    return strategy


@transaction.atomic
def save_draft(
    *,
    clone: Clone,
    document: Mapping[str, Any],
    by: audit.Actor,
    now: datetime,
    expected_revision: int | None = None,
) -> Draft:
    """Replace the clone's draft by a document that compiles within its entitlement.

    With `expected_revision` the save is refused (412 DRAFT_CONFLICT) when somebody saved in between.
    """
    _refuse_retired(clone)
    checked(document, tier=_tier(clone))
    draft = Draft.objects.select_for_update().get(clone=clone)
    if expected_revision is not None and draft.revision != expected_revision:
        raise DomainError(
            f"The draft is at revision {draft.revision}, not {expected_revision}; read it again and repeat.",
            code="DRAFT_CONFLICT",
            status=412,
        )
    draft.document = dict(document)
    draft.revision += 1
    draft.updated_at = now
    draft.save(update_fields=["document", "revision", "updated_at"])
    audit.record(
        verb="clones.draft.saved", by=by, subject=clone, detail={"revision": draft.revision}, now=now
    )
    return draft


@transaction.atomic
def publish(*, clone: Clone, by: audit.Actor, now: datetime) -> StrategyVersion:
    """Make the draft the clone's only active version; an unchanged draft returns the version that stands.

    Raises InvalidInput or PermissionRefused when the draft does not fit; the old version then stands.
    """
    clone = Clone.objects.select_for_update().get(pk=clone.pk)
    _refuse_retired(clone)
    document = Draft.objects.get(clone=clone).document
    strategy = checked(document, tier=_tier(clone))
    digest = sha256_hex(dumps_canonical({"compiler": strategy.compiler, "document": document}))
    standing = active_version(clone)
    if standing is not None and standing.digest == digest:
        return standing
    StrategyVersion.objects.filter(clone=clone).deactivate()
    last = StrategyVersion.objects.filter(clone=clone).aggregate(last=Max("number"))["last"]
    version = StrategyVersion.objects.create(
        clone=clone,
        number=(last or 0) + 1,
        document=document,
        compiled=strategy.to_document(),
        digest=digest,
        published_at=now,
    )
    audit.record(
        verb="clones.version.published", by=by, subject=version, detail={"number": version.number}, now=now
    )
    return version


def _tier(clone: Clone) -> str:
    entitlement = effective_entitlement(clone)
    if entitlement is None:
        raise PermissionRefused("This clone has no entitlement left.", code="ENTITLEMENT_LOST")
    return entitlement.tier


def _refuse_retired(clone: Clone) -> None:
    if clone.status == CloneStatus.RETIRED:
        raise Conflict("This clone is retired; its strategy can no longer change.", code="CLONE_RETIRED")
