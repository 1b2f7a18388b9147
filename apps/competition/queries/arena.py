"""The Arena and the promotion queue, as values."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from apps.clones import queries as clones
from apps.competition.models import ArenaMembership, PromotionEntry, QueueNote
from apps.competition.queries.figures import latest_figures
from apps.competition.types import EntryStatus, QueueRow, Standing
from apps.trading.types import LeaderboardRow


def arena_standings() -> list[Standing]:
    """The Arena's open memberships by return, best first; who never traded has no rank and stands last."""
    members = list(ArenaMembership.objects.filter(ended_at__isnull=True).select_related("clone", "account"))
    rows = latest_figures(member.account_id for member in members)
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


def queue_entries(*, start: int = 0, limit: int = 50) -> list[QueueRow]:
    """At most `limit` waiting clones from the head of the queue, without the first `start`."""
    return queue_rows(list_entries(status=EntryStatus.WAITING)[start : start + limit])


def place_in_queue(clone: Any) -> tuple[int, QueueRow] | None:
    """How manieth a clone is in the queue, from one on, with its place; None where it does not wait."""
    waiting = list_entries(status=EntryStatus.WAITING)
    entry = waiting.filter(clone=clone).first()
    if entry is None:
        return None
    return waiting.filter(sequence__lt=entry.sequence).count() + 1, queue_rows([entry])[0]


def list_entries(*, status: str | None = None) -> QuerySet[PromotionEntry]:
    """Places in the queue from its head, of one state where given, with their clones."""
    entries = PromotionEntry.objects.select_related("clone").order_by("sequence")
    return entries if status is None else entries.filter(status=status)


def queue_rows(entries: Iterable[PromotionEntry]) -> list[QueueRow]:
    """The places as values, in the same order."""
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


def list_memberships(*, is_open: bool) -> QuerySet[ArenaMembership]:
    """Slots taken by number, or memberships that ended, the latest first; with clone, account and place."""
    rows = ArenaMembership.objects.select_related("clone", "account", "entry")
    rows = rows.filter(ended_at__isnull=is_open)
    return rows.order_by("slot_number") if is_open else rows.order_by("-ended_at", "-pk")


def list_notes(entries: Iterable[PromotionEntry]) -> dict[int, list[QueueNote]]:
    """What was noted about each place, by its key, the latest first; one read."""
    notes: dict[int, list[QueueNote]] = {}
    for note in QueueNote.objects.filter(entry__in=list(entries)).order_by("-pk"):
        notes.setdefault(note.entry_id, []).append(note)
    return notes


def count_waiting() -> int:
    """How many clones wait for a slot."""
    return PromotionEntry.objects.filter(status=EntryStatus.WAITING).count()


def count_arena() -> int:
    """How many slots of the Arena are taken."""
    return ArenaMembership.objects.filter(ended_at__isnull=True).count()
