"""Reads of clones: by whom they may be seen, where they come from, what holds them."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db.models import Exists, OuterRef, QuerySet

from apps.clones.models import Clone, CloneHold, Entitlement, StrategyVersion
from apps.clones.types import ENDED, CloneStatus
from apps.core.errors import NotFound
from apps.core.tables import ask, marks

LONGEST_LINE = 50


def get_clone(public_id: str) -> Clone:
    """Return the clone of this public id with its owner, whatever became of it; raises NotFound."""
    return _one(Clone.objects.filter(public_id=public_id))


def get_owned_clone(public_id: str, *, owner: AbstractUser) -> Clone:
    """Return the owner's clone of this public id; somebody else's or a deleted one is NotFound too."""
    return _one(list_clones(owner=owner).filter(public_id=public_id))


def get_public_clone(public_id: str) -> Clone:
    """Return a clone whose profile anyone may read; a hidden or deleted one is NotFound."""
    rows = Clone.objects.filter(public_id=public_id)
    return _one(rows.exclude(status__in=(CloneStatus.HIDDEN, CloneStatus.DELETED)))


def _one(rows: QuerySet[Clone]) -> Clone:
    clone = rows.select_related("owner").first()
    if clone is None:
        raise NotFound("There is no such clone.", code="CLONE_NOT_FOUND")
    return clone


def list_clones(*, owner: AbstractUser | None = None) -> QuerySet[Clone]:
    """All clones that were not deleted, or those of one owner, newest first."""
    rows = Clone.objects.exclude(status=CloneStatus.DELETED).select_related("owner", "forked_from__clone")
    rows = rows.defer("forked_from__document", "forked_from__compiled")
    return rows if owner is None else rows.filter(owner_id=owner.pk)


def tradable() -> QuerySet[Clone]:
    """Clones that may decide and have an active version; a hidden clone keeps trading."""
    return Clone.objects.exclude(status__in=ENDED).filter(versions__is_active=True).select_related("owner")


def ended_among(clone_ids: Iterable[int]) -> set[int]:
    """Return those of the clones, by key, that decide nothing any more: they were retired or deleted."""
    wanted, ended = list(clone_ids), [status.value for status in ENDED]
    if not wanted:
        return set()
    sql = (
        f"SELECT id FROM {Clone._meta.db_table} WHERE id IN ({marks(wanted)}) AND status IN ({marks(ended)})"
    )
    return {key for (key,) in ask(sql, [*wanted, *ended])}


def count_free_clones(owner: AbstractUser) -> int:
    """How many of the owner's clones, not counting retired and deleted ones, hold nothing bought."""
    bought = Entitlement.objects.filter(clone=OuterRef("pk"), is_mock=False, revoked_at__isnull=True)
    return Clone.objects.filter(owner_id=owner.pk).exclude(status__in=ENDED).exclude(Exists(bought)).count()


def count_created(owner: AbstractUser, *, since: datetime) -> int:
    """How many clones the owner has made after `since`, whatever became of them."""
    return Clone.objects.filter(owner_id=owner.pk, created_at__gt=since).count()


def has_open_hold(clone: Clone) -> bool:
    """Whether something uses the clone, so that it must stay."""
    return CloneHold.objects.filter(clone=clone, released_at__isnull=True).exists()


def open_holds(*, purposes: Iterable[str]) -> set[tuple[int, str]]:
    """The open holds for these purposes as (clone's key, reference)."""
    rows = CloneHold.objects.filter(purpose__in=list(purposes), released_at__isnull=True)
    return set(rows.values_list("clone_id", "reference"))


def ancestors(clone: Clone) -> list[StrategyVersion]:
    """The versions that the clone descends from, nearest first and LONGEST_LINE at most, each with its clone."""
    line: list[StrategyVersion] = []
    sources = StrategyVersion.objects.select_related("clone").defer("document", "compiled")
    version_id = clone.forked_from_id
    while version_id is not None and len(line) < LONGEST_LINE:
        version = sources.get(pk=version_id)
        line.append(version)
        version_id = version.clone.forked_from_id
    return line


def list_forks(clone: Clone) -> QuerySet[Clone]:
    """The clones that were forked from this one and not deleted, newest first."""
    return list_clones().filter(forked_from__clone=clone)
