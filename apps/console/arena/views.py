"""The door of the queue and the slots; removing, ending and retiring are dialogs of their admin pages."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.competition import queries as competition
from apps.competition.types import EntryStatus, Obstacle
from apps.console.acts import acts_upon
from apps.console.market_data.figures import span
from apps.console.words import moment, percent, tone
from apps.operations import clock
from apps.operations.admin_columns import LABELS

WAITING_SHOWN = 100
PAST_SHOWN = 20
NOTES_SHOWN = 5
WORDS = {**{one.value: one.label for one in Obstacle}, "": "May enter"}


@require_safe
@permission_required("competition.view_promotionentry", raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """Who waits, from the head of the queue, every slot, and how the latest memberships and places ended."""
    now = clock.now()
    entries = list(competition.list_entries(status=EntryStatus.WAITING)[:WAITING_SHOWN])
    notes = competition.list_notes(entries)
    taken = _taken(request, now)
    context = {
        **admin.site.each_context(request),
        "title": "Queue and slots",
        "waiting": [_waiting(entry, notes.get(entry.pk, []), request, now) for entry in entries],
        "waits": competition.count_waiting(),
        "held": sum(1 for entry in entries if entry.reason),
        "slots": [taken.get(number, {"number": number}) for number in _numbers(taken)],
        "taken": len(taken),
        "size": settings.ARENA_SLOTS,
        "ended": [_ended(one) for one in competition.list_memberships(is_open=False)[:PAST_SHOWN]],
        "removed": [_removed(one) for one in _latest_removed()],
    }
    return TemplateResponse(request, "admin/queue_and_slots.html", context)


def _latest_removed() -> Any:
    removed = competition.list_entries(status=EntryStatus.REMOVED)
    return removed.order_by("-decided_at", "-pk")[:PAST_SHOWN]


def _numbers(taken: dict[int, Any]) -> list[int]:
    """Every slot there is, and any beyond that is still taken since there were more."""
    return sorted({*range(1, settings.ARENA_SLOTS + 1), *taken})


def _waiting(entry: Any, notes: list[Any], request: HttpRequest, now: datetime) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "sequence": entry.sequence,
        "name": entry.clone.name,
        "url": reverse("admin:clones_clone_change", args=[entry.clone_id]),
        "row_url": reverse("admin:competition_promotionentry_change", args=[entry.pk]),
        "for": _span(now, entry.waiting_since),
        "since": moment(entry.waiting_since),
        "reason": entry.reason,
        "words": in_words(entry.reason),
        "notes": [{"words": in_words(note.reason), "at": moment(note.at)} for note in notes[:NOTES_SHOWN]],
        "acts": acts_upon(entry, request),
    }


def _taken(request: HttpRequest, now: datetime) -> dict[int, dict[str, Any]]:
    standings = {one.membership_public_id: one for one in competition.arena_standings()}
    return {
        member.slot_number: {
            "number": member.slot_number,
            "id": member.public_id,
            "name": member.clone.name,
            "url": reverse("console-account", args=[member.account.public_id]),
            "status": member.account.get_status_display().replace("_", " "),
            "tone": LABELS.get(member.account.status, "warning"),
            "for": _span(now, member.started_at),
            "return": percent(standings[member.public_id].return_bps, is_signed=True),
            "direction": tone(standings[member.public_id].return_bps),
            "hidden": member.clone.status != "live",
            "acts": acts_upon(member, request),
        }
        for member in competition.list_memberships(is_open=True)
    }


def _ended(member: Any) -> dict[str, Any]:
    return {
        "number": member.slot_number,
        "name": member.clone.name,
        "url": reverse("console-account", args=[member.account.public_id]),
        "from": moment(member.started_at),
        "to": moment(member.ended_at),
        "reason": in_words(member.reason),
    }


def _removed(entry: Any) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "name": entry.clone.name,
        "url": reverse("admin:competition_promotionentry_change", args=[entry.pk]),
        "at": moment(entry.decided_at),
        "reason": in_words(entry.reason),
    }


def in_words(reason: str) -> str:
    """A code of the rules as a sentence; what a person wrote, as it was written."""
    return str(WORDS.get(reason, reason))


def _span(now: datetime, since: datetime) -> str:
    return span(max(0, int((now - since).total_seconds())))
