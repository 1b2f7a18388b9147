"""What others may read of competition: standings, the queue and auditions, as values."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from apps.clones import queries as clones
from apps.clones.types import ENDED
from apps.competition.judging import BPS, floor_micros, target_micros
from apps.competition.models import ArenaMembership, Audition, PromotionEntry, Rulebook
from apps.competition.types import (
    AuditionStatus,
    AuditionView,
    EntryStatus,
    LifecycleRow,
    LifecycleState,
    QueueRow,
    RulebookTerms,
    Standing,
)
from apps.core.errors import NotFound
from apps.trading import queries as trading
from apps.trading.types import LeaderboardRow


def arena_standings() -> list[Standing]:
    """The Arena's open memberships by return, best first; who never traded has no rank and stands last."""
    members = list(ArenaMembership.objects.filter(ended_at__isnull=True).select_related("clone", "account"))
    rows = _rows(member.account_id for member in members)
    traded = [member for member in members if rows[member.account_id].executed_orders > 0]
    idle = [member for member in members if rows[member.account_id].executed_orders == 0]
    traded.sort(key=lambda member: (-rows[member.account_id].return_bps, member.slot_number))
    ranked = [(position, member) for position, member in enumerate(traded, start=1)]
    return [
        _standing(rank, member, rows[member.account_id])
        for rank, member in [*ranked, *((None, m) for m in idle)]
    ]


def _standing(rank: int | None, member: ArenaMembership, row: LeaderboardRow) -> Standing:
    return Standing(
        rank=rank,
        slot_number=member.slot_number,
        membership_public_id=member.public_id,
        clone_public_id=member.clone.public_id,
        clone_name=clones.public_name(member.clone),
        account_id=member.account_id,
        account_public_id=member.account.public_id,
        since=member.started_at,
        start=row.starting_micros,
        equity=row.equity_micros,
        return_bps=row.return_bps,
        max_drawdown_bps=row.max_drawdown_bps,
        executed_orders=row.executed_orders,
        open_positions=row.open_positions,
    )


def queue_entries(*, waiting_only: bool = True) -> list[QueueRow]:
    """The promotion queue from its head."""
    entries = PromotionEntry.objects.select_related("clone").order_by("sequence")
    if waiting_only:
        entries = entries.filter(status=EntryStatus.WAITING)
    return [
        QueueRow(
            sequence=entry.sequence,
            clone_public_id=entry.clone.public_id,
            clone_name=clones.public_name(entry.clone),
            status=entry.status,
            reason=entry.reason,
            waiting_since=entry.waiting_since,
        )
        for entry in entries
    ]


def auditions() -> QuerySet[Audition]:
    """Every audition, latest first, with what a view needs beside it."""
    return Audition.objects.select_related("clone", "account", "rulebook").order_by("-id")


def list_auditions(*, status: str | None = None, clone: Any = None, limit: int = 50) -> list[AuditionView]:
    """Auditions, latest first, of one state or clone where given."""
    chosen = auditions()
    if status is not None:
        chosen = chosen.filter(status=status)
    if clone is not None:
        chosen = chosen.filter(clone=clone)
    return audition_views(chosen[:limit])


def get_audition(public_id: str) -> AuditionView:
    """One audition by its public id; `NotFound` where there is none."""
    found = auditions().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("There is no such audition.", code="AUDITION_NOT_FOUND")
    return audition_views([found])[0]


def audition_views(chosen: Iterable[Audition]) -> list[AuditionView]:
    """Auditions as values, with their account's latest figures read in one query."""
    listed = list(chosen)
    rows = _rows(audition.account_id for audition in listed)
    return [_audition_view(audition, rows[audition.account_id]) for audition in listed]


def _audition_view(audition: Audition, row: LeaderboardRow) -> AuditionView:
    terms = RulebookTerms.from_document(audition.rulebook.document)
    target = target_micros(terms)
    return AuditionView(
        public_id=audition.public_id,
        clone_public_id=audition.clone.public_id,
        clone_name=clones.public_name(audition.clone),
        account_id=audition.account_id,
        account_public_id=audition.account.public_id,
        status=audition.status,
        reason=audition.reason,
        started_at=audition.started_at,
        ends_at=audition.ends_at,
        result_at=audition.result_at,
        start=row.starting_micros,
        equity=row.equity_micros,
        target_micros=target,
        floor_micros=floor_micros(terms),
        progress_bps=(row.equity_micros - row.starting_micros) * BPS // (target - row.starting_micros),
        executed_orders=row.executed_orders,
        min_orders=terms.min_orders,
        rulebook_digest=audition.rulebook.digest,
        rulebook_title=audition.rulebook.title,
        demonstration=terms.demonstration,
    )


def lifecycle_state(clone: Any) -> LifecycleState:
    """What players see of one clone."""
    return lifecycle_states([clone])[clone.pk]


def lifecycle_states(listed: Iterable[Any]) -> dict[int, LifecycleState]:
    """What players see of each clone, by its key; the same four reads however many clones there are.

    A clone whose career in the Arena is over, or who was taken out of the queue, is configured again.
    """
    chosen = list(listed)
    keys = [clone.pk for clone in chosen]
    members = ArenaMembership.objects.filter(clone__in=keys, ended_at__isnull=True)
    competing = set(members.order_by().values_list("clone_id", flat=True))
    entries = PromotionEntry.objects.filter(clone__in=keys, status=EntryStatus.WAITING)
    waiting = set(entries.order_by().values_list("clone_id", flat=True))
    judged = Audition.objects.filter(clone__in=keys).order_by("id").values_list("clone_id", "status")
    latest = dict(judged)  # the last of a clone's auditions stands
    published = clones.published_among(keys)
    states: dict[int, LifecycleState] = {}
    for clone in chosen:
        if clone.status in ENDED:
            states[clone.pk] = LifecycleState.RETIRED
        elif clone.pk in competing:
            states[clone.pk] = LifecycleState.COMPETING
        elif clone.pk in waiting:
            states[clone.pk] = LifecycleState.COMPETITION_ELIGIBLE
        else:
            states[clone.pk] = _before_the_queue(latest.get(clone.pk), published=clone.pk in published)
    return states


def lifecycle_rows(listed: Iterable[Any]) -> list[LifecycleRow]:
    """The clones with their states, in the same order."""
    chosen = list(listed)
    states = lifecycle_states(chosen)
    return [LifecycleRow(clone.public_id, clone.name, states[clone.pk]) for clone in chosen]


def _before_the_queue(audition_status: str | None, *, published: bool) -> LifecycleState:
    if audition_status == AuditionStatus.RUNNING:
        return LifecycleState.AUDITION_RUNNING
    if audition_status in {AuditionStatus.FAILED, AuditionStatus.VOIDED}:
        return LifecycleState.AUDITION_FAILED
    return LifecycleState.CONFIGURED if published else LifecycleState.SETUP_REQUIRED


def find_rulebook(digest: str) -> Rulebook | None:
    """A published rulebook by its digest, or None."""
    return Rulebook.objects.filter(digest=digest).first()


def offered_rulebook() -> Rulebook | None:
    """The rulebook that new purchases pin, or None where none was offered yet (see `services.rulebooks.offered`)."""
    return Rulebook.objects.filter(is_offered=True).first()


def count_arena() -> int:
    """How many slots of the Arena are taken."""
    return ArenaMembership.objects.filter(ended_at__isnull=True).count()


def count_auditions(status: str = AuditionStatus.RUNNING) -> int:
    """How many auditions are in one state."""
    return Audition.objects.filter(status=status).count()


def _rows(account_ids: Iterable[int]) -> dict[int, LeaderboardRow]:
    return {row.account_id: row for row in trading.leaderboard_rows(list(account_ids))}
