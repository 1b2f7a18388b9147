"""Reads of drafts and published strategies."""

from collections.abc import Iterable

from django.db.models import QuerySet

from apps.clones import graph
from apps.clones.models import Clone, Draft, StrategyVersion
from apps.core.errors import NotFound

COMPILED_KEPT = 1_000
_compiled: dict[tuple[int, str], graph.CompiledStrategy] = {}


def get_draft(clone: Clone) -> Draft:
    """Return the clone's draft; every clone has one."""
    return Draft.objects.get(clone=clone)


def active_version(clone: Clone) -> StrategyVersion | None:
    """Return the version that decides for the clone now, or None before the first publication.

    Its document and compilation are read when somebody asks for them: `compiled` remembers most.
    """
    rows = StrategyVersion.objects.filter(clone=clone, is_active=True)
    return rows.defer("document", "compiled").first()


def published_among(clone_ids: Iterable[int]) -> set[int]:
    """Return those of the clones, by key, that have an active version."""
    rows = StrategyVersion.objects.filter(clone_id__in=list(clone_ids), is_active=True)
    return set(rows.values_list("clone_id", flat=True))


def list_versions(clone: Clone) -> QuerySet[StrategyVersion]:
    """The clone's published versions, newest first; a document is read when somebody asks for it."""
    return StrategyVersion.objects.filter(clone=clone).defer("document")


def get_version(clone: Clone, number: int) -> StrategyVersion:
    """Return the clone's version of this number; raises NotFound."""
    version = StrategyVersion.objects.filter(clone=clone, number=number).first()
    if version is None:
        raise NotFound("This clone has no such version.", code="VERSION_NOT_FOUND")
    return version


def compiled(version: StrategyVersion) -> graph.CompiledStrategy:
    """Return the strategy that a version compiled to when it was published.

    The value is kept under the row's key and digest: a published version never changes.
    """
    key = (version.pk, version.digest)
    found = _compiled.get(key)
    if found is None:
        if len(_compiled) >= COMPILED_KEPT:
            _compiled.clear()
        found = _compiled[key] = graph.CompiledStrategy.from_document(version.compiled)
    return found


def diff_versions(clone: Clone, before: int, after: int) -> tuple[graph.Change, ...]:
    """What changes in trading from one of the clone's versions to another; raises NotFound."""
    return graph.diff(compiled(get_version(clone, before)), compiled(get_version(clone, after)))


def active_strategies(clone_ids: Iterable[int]) -> dict[int, graph.CompiledStrategy]:
    """Return what decides for each of the clones now, by the clone's key, in one query; unpublished ones are absent."""
    rows = StrategyVersion.objects.filter(clone_id__in=list(clone_ids), is_active=True)
    return {row.clone_id: compiled(row) for row in rows}


def waking_strategies() -> dict[int, graph.CompiledStrategy]:
    """What decides for each clone that asks to be woken early, by the clone's key, in one query over an index of those."""
    rows = StrategyVersion.objects.filter(is_active=True, waking_count__isnull=False)
    return {row.clone_id: compiled(row) for row in rows.order_by("pk")}
