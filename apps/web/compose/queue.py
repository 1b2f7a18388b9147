"""The promotion queue and the Arena's slots, with the reasons of those who wait."""

from datetime import datetime
from typing import Any

from django.conf import settings

from apps.competition import queries as competition
from apps.competition.types import QueueRow, Standing
from apps.web import formats, paging, words
from apps.web.compose.arena import identity

SHOWN = 50
"""How many of those who wait a page shows."""


def queue_page(*, number: str, now: datetime) -> dict[str, Any]:
    """Every slot with who holds it, and one page of those who wait with why, at market time `now`."""
    standings = {one.slot_number: one for one in competition.arena_standings()}
    total = competition.count_waiting()
    page = paging.turn(number, total=total, shown=SHOWN)
    waiting = competition.queue_entries(start=page.start, limit=SHOWN)
    numbers = sorted({*range(1, settings.ARENA_SLOTS + 1), *standings})
    return {
        "slots": [_slot(number, standings.get(number), now=now) for number in numbers],
        "taken": len(standings),
        "count": len(numbers),
        "free": max(0, settings.ARENA_SLOTS - len(standings)),
        "waiting": [_waiting(place, row, now=now) for place, row in enumerate(waiting, start=page.start + 1)],
        "in_line": total,
        "pages": page,
    }


def place_of(clone: Any, *, now: datetime) -> dict[str, Any] | None:
    """Where one clone stands in the queue, None where it does not wait."""
    found = competition.place_in_queue(clone)
    if found is None:
        return None
    free = settings.ARENA_SLOTS - competition.count_arena()
    return {**_waiting(*found, now=now), "free": max(0, free), "slots": settings.ARENA_SLOTS}


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
