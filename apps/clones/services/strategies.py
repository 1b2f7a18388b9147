"""Saving a draft, restoring one, and publishing it as the one active version."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from apps.clones import graph
from apps.clones.models import Clone, Draft, StrategyVersion
from apps.clones.queries import active_version, effective_entitlement
from apps.clones.types import ENDED
from apps.core.errors import Conflict, DomainError, InvalidInput, NotFound, PermissionRefused
from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.core.limits import RateLimited
from apps.operations import audit

PUBLICATIONS_AN_HOUR = 60


class DraftConflict(DomainError):
    """Somebody saved the draft since it was read."""

    status = 412
    code = "DRAFT_CONFLICT"


def checked(document: object, *, tier: str) -> graph.CompiledStrategy:
    """Compile a document within a tier.

    Raises InvalidInput GRAPH_INVALID, or SECRET_IN_TEXT where its words look like a key or a password, or
    PermissionRefused ENTITLEMENT_EXCEEDED, with the node's path.
    """
    try:
        strategy = graph.compile(document)
        graph.refuse_secrets(document)
    except graph.GraphInvalid as fault:
        raise InvalidInput(str(fault), code=fault.code) from fault
    _refuse_beyond(strategy, tier)
    return strategy


def publishable(clone: Clone, document: object) -> graph.CompiledStrategy:
    """What a document of the clone compiles to; raises what `publish` raises where it may not be published."""
    _refuse_ended(clone)
    strategy = checked(document, tier=_tier(clone))
    _refuse_missing_engine(strategy)
    return strategy


def usable(clone: Clone, strategy: graph.CompiledStrategy) -> graph.CompiledStrategy:
    """A strategy that the clone has published, perhaps long ago; raises where it could not be published now.

    PermissionRefused ENTITLEMENT_EXCEEDED or ENTITLEMENT_LOST, Conflict CLONE_RETIRED, InvalidInput ENGINE_UNAVAILABLE.
    """
    _refuse_ended(clone)
    _refuse_beyond(strategy, _tier(clone))
    _refuse_missing_engine(strategy)
    return strategy


def compose_basic(**choices: Any) -> dict[str, Any]:
    """The document of the builder's basic mode, as `graph.basic`; raises InvalidInput GRAPH_INVALID."""
    try:
        return graph.basic(**choices)
    except graph.GraphInvalid as fault:
        raise InvalidInput(str(fault), code=fault.code) from fault


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
    return _replace(clone, document, expected_revision, verb="clones.draft.saved", by=by, now=now)


def restore_draft(
    *,
    clone: Clone,
    version: StrategyVersion,
    by: audit.Actor,
    now: datetime,
    expected_revision: int | None = None,
) -> Draft:
    """Make a published version's document the draft again; refused as `save_draft` refuses.

    Raises NotFound for another clone's version.
    """
    if version.clone_id != clone.pk:
        raise NotFound("This clone has no such version.", code="VERSION_NOT_FOUND")
    verb = "clones.draft.restored"
    return _replace(
        clone, version.document, expected_revision, verb=verb, by=by, now=now, source=version.public_id
    )


@transaction.atomic
def _replace(
    clone: Clone,
    document: Mapping[str, Any],
    expected_revision: int | None,
    *,
    verb: str,
    by: audit.Actor,
    now: datetime,
    **detail: str,
) -> Draft:
    _refuse_ended(clone)
    checked(document, tier=_tier(clone))
    draft = Draft.objects.select_for_update().get(clone=clone)
    _refuse_overtaken(draft, expected_revision)
    draft.document = dict(document)
    draft.revision += 1
    draft.updated_at = now
    draft.save(update_fields=["document", "revision", "updated_at"])
    audit.record(verb=verb, by=by, subject=clone, detail={"revision": draft.revision, **detail}, now=now)
    return draft


@transaction.atomic
def publish(
    *, clone: Clone, by: audit.Actor, now: datetime, expected_revision: int | None = None
) -> StrategyVersion:
    """Make the draft the clone's only active version; an unchanged draft returns the version that stands.

    Raises InvalidInput or PermissionRefused when the draft does not fit or wants an engine that this installation
    lacks (ENGINE_UNAVAILABLE), DraftConflict when it is not at
    `expected_revision`, RateLimited for too many in an hour; the old version then stands. A run that began with the
    old version ends with it.
    """
    clone = Clone.objects.select_for_update().get(pk=clone.pk)
    _refuse_ended(clone)
    draft = Draft.objects.get(clone=clone)
    _refuse_overtaken(draft, expected_revision)
    strategy = publishable(clone, draft.document)
    digest = sha256_hex(dumps_canonical({"compiler": strategy.compiler, "document": draft.document}))
    standing = active_version(clone)
    if standing is not None and standing.digest == digest:
        return standing
    _refuse_flood(clone, now)
    StrategyVersion.objects.filter(clone=clone).deactivate()
    last = StrategyVersion.objects.filter(clone=clone).aggregate(last=Max("number"))["last"]
    version = StrategyVersion.objects.create(
        clone=clone,
        number=(last or 0) + 1,
        document=draft.document,
        compiled=strategy.to_document(),
        digest=digest,
        published_at=now,
        waking_count=len(strategy.waking_prompts) or None,
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


def _refuse_ended(clone: Clone) -> None:
    if clone.status in ENDED:
        raise Conflict(
            f"This clone is {clone.status}; its strategy can no longer change.", code="CLONE_RETIRED"
        )


def _refuse_beyond(strategy: graph.CompiledStrategy, tier: str) -> None:
    try:
        graph.check_limits(strategy, tier=tier)
    except graph.LimitExceeded as fault:
        raise PermissionRefused(str(fault), code=fault.code) from fault


def _refuse_missing_engine(strategy: graph.CompiledStrategy) -> None:
    """A published prompt that nobody can answer would fail at every slot; say so before."""
    for prompt in strategy.enabled_prompts:
        if prompt.engine not in settings.STRATEGY_ENGINES:
            raise InvalidInput(
                f"{prompt.name} wants the {prompt.engine} engine, which is not set up here; "
                f"choose among {', '.join(settings.STRATEGY_ENGINES)}.",
                code="ENGINE_UNAVAILABLE",
            )


def _refuse_flood(clone: Clone, now: datetime) -> None:
    """Versions are kept for ever, so a clone gets only so many of them an hour; call it under the clone's lock."""
    recent = StrategyVersion.objects.filter(clone=clone, published_at__gt=now - timedelta(hours=1)).count()
    if recent >= PUBLICATIONS_AN_HOUR:
        raise RateLimited(retry_after=3600)


def _refuse_overtaken(draft: Draft, expected_revision: int | None) -> None:
    if expected_revision is not None and draft.revision != expected_revision:
        raise DraftConflict(
            f"The draft is at revision {draft.revision}, not {expected_revision}; read it again and repeat."
        )
