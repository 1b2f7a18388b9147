"""The promotion queue and the Arena's slots, with the reasons of those who wait."""

from datetime import datetime
from typing import Any

from django.conf import settings

from apps.competition import queries as competition
from apps.competition.types import QueueRow, Standing
from apps.web import formats, words
from apps.web.compose.arena import identity


def queue_page(*, now: datetime) -> dict[str, Any]:
    """Every slot with who holds it, and everybody who waits with why, at market time `now`."""
    standings = {one.slot_number: one for one in competition.arena_standings()}
    waiting = competition.queue_entries()
    numbers = sorted({*range(1, settings.ARENA_SLOTS + 1), *standings})
    return {
        "slots": [_slot(number, standings.get(number), now=now) for number in numbers],
        "taken": len(standings),
        "count": len(numbers),
        "free": max(0, settings.ARENA_SLOTS - len(standings)),
        "waiting": [_waiting(place, row, now=now) for place, row in enumerate(waiting, start=1)],
    }


def place_of(clone: Any, *, now: datetime) -> dict[str, Any] | None:
    """Where one clone stands in the queue, None where it does not wait."""
    for place, row in enumerate(competition.queue_entries(), start=1):
        if row.clone_public_id == clone.public_id:
            free = settings.ARENA_SLOTS - competition.count_arena()
            return {**_waiting(place, row, now=now), "free": max(0, free), "slots": settings.ARENA_SLOTS}
    return None


def _slot(number: int, one: Standing | None, *, now: datetime) -> dict[str, Any]:
    if one is None:
        return {"number": number, "is_free": True}
    return {
        **identity(one.clone_public_id, one.clone_name),
        "number": number,
        "is_free": False,
        "since": f"in for {formats.span(now - one.since)}",
        "rank": f"Rank {one.rank}" if one.rank else "Not ranked yet",
        "pnl": formats.percent(one.return_bps),
        "tone": formats.tone(one.return_bps),
    }


def _waiting(place: int, row: QueueRow, *, now: datetime) -> dict[str, Any]:
    return {
        **identity(row.clone_public_id, row.clone_name),
        "place": place,
        "waited": formats.span(now - row.waiting_since),
        "since": formats.moment(row.waiting_since),
        "reason": words.queue_reason(row.reason),
        "is_held_up": bool(row.reason),
    }
