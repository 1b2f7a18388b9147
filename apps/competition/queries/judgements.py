"""Auditions, as values with their latest figures."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from apps.clones import queries as clones
from apps.clones.types import CloneStatus
from apps.competition.judging import floor_micros
from apps.competition.models import Audition
from apps.competition.queries.figures import latest_figures
from apps.competition.queries.paths import watch_of
from apps.competition.terms import BPS
from apps.competition.types import AuditionStatus, AuditionView, Basis, RulebookTerms
from apps.core.errors import NotFound
from apps.trading import queries as trading
from apps.trading.queries import ANYBODY, Reader
from apps.trading.types import LeaderboardRow


def auditions() -> QuerySet[Audition]:
    """Every audition, latest first, with what a view needs beside it."""
    return Audition.objects.select_related("clone", "account", "rulebook").order_by("-id")


def list_auditions(
    *, status: str | None = None, clone: Any = None, start: int = 0, limit: int = 50
) -> list[AuditionView]:
    """At most `limit` auditions, latest first and without the first `start`, of one state or clone where given."""
    chosen = auditions()
    if status is not None:
        chosen = chosen.filter(status=status)
    if clone is not None:
        chosen = chosen.filter(clone=clone)
    return audition_views(chosen[start : start + limit])


def latest_results(*, limit: int) -> list[AuditionView]:
    """The auditions that ended last, latest first."""
    ended = auditions().exclude(status=AuditionStatus.RUNNING).order_by("-result_at", "-id")
    return audition_views(ended[:limit])


def get_audition(public_id: str, reader: Reader = ANYBODY) -> AuditionView:
    """One audition by its public id; `NotFound` where there is none for this reader."""
    return audition_views([find_readable(public_id, reader)])[0]


def find_readable(public_id: str, reader: Reader) -> Audition:
    """The audition's row, as the clone's page can be read: that of a hidden clone is nobody's but its owner's.

    Operators read it too; `NotFound` AUDITION_NOT_FOUND for everybody else.
    """
    found = auditions().filter(public_id=public_id).first()
    hidden = found is not None and found.clone.status in (CloneStatus.HIDDEN, CloneStatus.DELETED)
    if found is None or (hidden and not trading.reads_private(found.account, reader)):
        raise NotFound("There is no such audition.", code="AUDITION_NOT_FOUND")
    return found


def audition_views(chosen: Iterable[Audition]) -> list[AuditionView]:
    """Auditions as values, with their account's latest figures read in one query."""
    listed = list(chosen)
    rows = latest_figures(audition.account_id for audition in listed)
    return [_audition_view(audition, rows[audition.account_id]) for audition in listed]


def _audition_view(audition: Audition, row: LeaderboardRow) -> AuditionView:
    terms = RulebookTerms.from_document(audition.rulebook.document)
    target = terms.target_micros
    watch = watch_of(audition)
    value = watch.value if terms.basis == Basis.BALANCE else row.equity_micros
    return AuditionView(
        public_id=audition.public_id,
        clone_public_id=audition.clone.public_id,
        clone_name=clones.public_name(audition.clone),
        account_id=audition.account_id,
        account_public_id=audition.account.public_id,
        status=audition.status,
        reason=public_reason(audition),
        started_at=audition.started_at,
        ends_at=audition.ends_at,
        result_at=audition.result_at,
        extended_minutes=audition.extended_minutes,
        deferred_reason=audition.deferred_reason,
        is_flagged=audition.flagged_at is not None,
        start=row.starting_micros,
        equity=row.equity_micros,
        target_micros=target,
        floor_micros=floor_micros(terms, peak=watch.peak),
        progress_bps=(value - row.starting_micros) * BPS // (target - row.starting_micros),
        executed_orders=row.executed_orders,
        min_orders=terms.min_orders,
        rulebook_digest=audition.rulebook.digest,
        rulebook_title=audition.rulebook.title,
        demonstration=terms.demonstration,
    )


def public_reason(audition: Audition) -> str:
    """The code of the verdict; `OPERATOR` where a person voided it, for those words are for its owner and operators."""
    is_voided = audition.status == AuditionStatus.VOIDED
    return trading.reason_for_all(audition.reason) if is_voided else audition.reason


def count_auditions(status: str = AuditionStatus.RUNNING) -> int:
    """How many auditions are in one state."""
    return Audition.objects.filter(status=status).count()
