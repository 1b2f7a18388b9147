"""Reads of drafts and published strategies."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from apps.clones import graph
from apps.clones.models import Clone, Draft, StrategyVersion
from apps.core.errors import DomainError, NotFound
from apps.core.json_strict import dumps_canonical, sha256_hex

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


def version_text(version: StrategyVersion) -> str:
    """What the row's digest covers, as it is hashed; what a process remembers of the row has no part in it."""
    compiler = version.compiled["compiler"]
    return dumps_canonical({"compiler": compiler, "document": version.document}).decode()


def version_digest(version: StrategyVersion) -> str:
    """The digest that the row must have."""
    return sha256_hex(version_text(version).encode())


def recompiled(version: StrategyVersion) -> dict[str, Any] | None:
    """What the row's document compiles to, or None where its compiler is gone; raises GraphInvalid.

    A version is decided by its compilation and sealed by its document: only this tells that they are the same.
    """
    if version.compiled["compiler"] != graph.COMPILER_VERSION:
        return None
    return graph.compile(version.document).to_document()


def version_faults(version: StrategyVersion) -> Iterator[str]:
    """What of a published version is no longer what was published: its document or its compilation."""
    try:
        if version_digest(version) != version.digest:
            yield f"version {version.public_id} does not match its digest"
        elif (made := recompiled(version)) is not None and made != version.compiled:
            yield f"version {version.public_id} does not compile to what was stored"
    except _DAMAGED as error:
        yield f"version {version.public_id} cannot be compiled: {type(error).__name__} {error}"[:300]


def altered_versions(keys: Iterable[int]) -> Iterator[str]:
    """As `version_faults`, of the versions with these keys; one that cannot even be read is named too."""
    for key in keys:
        try:
            version = StrategyVersion.objects.get(pk=key)
        except _DAMAGED as error:
            yield f"version {key} cannot be read: {type(error).__name__} {error}"[:300]
        else:
            yield from version_faults(version)


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


_DAMAGED = (ArithmeticError, AttributeError, DomainError, LookupError, RecursionError, TypeError, ValueError)
"""What reading values of another kind than were written may raise."""
