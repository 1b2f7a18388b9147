"""A case as its card shows it: the profile, the reports in numbers and words, and what happened before."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.clones import queries as clones
from apps.clones.types import CloneStatus, ReportCase
from apps.competition import queries as competition
from apps.competition.types import LifecycleState
from apps.console.moderation.acts import acts_for
from apps.operations import queries as operations
from apps.operations.admin_columns import LABELS

HISTORY_SHOWN = 4
STANDINGS = {
    LifecycleState.AUDITION_RUNNING: "on its audition",
    LifecycleState.COMPETITION_ELIGIBLE: "in the promotion queue",
    LifecycleState.COMPETING: "in the Arena",
}
ACTED = {
    "clones.clone.hidden": "Hidden",
    "clones.clone.reinstated": "Reinstated",
    "clones.clone.retired": "Retired",
    "clones.clone.refused": "Refused, another operator was first",
    "clones.image.removed": "Picture removed",
    "clones.profile.edited": "Profile edited",
}


def cards(cases: Iterable[ReportCase], *, request: HttpRequest, now: datetime) -> list[dict[str, Any]]:
    """The cases as cards, in the same order; the same reads however many there are."""
    listed = list(cases)
    standings = _standings([case.clone_public_id for case in listed])
    history = _history([case.clone_public_id for case in listed])
    return [
        {
            "case": case,
            "id": case.clone_public_id,
            "initial": case.name[:1].upper(),
            "tone": LABELS.get(case.status, ""),
            "status": CloneStatus(case.status).label,
            "standing": standings.get(case.clone_public_id, ""),
            "clone_url": reverse("admin:clones_clone_change", args=[case.clone_key]),
            "owner_url": reverse("admin:users_user_change", args=[case.owner_key]),
            "picture_url": _picture(case),
            "created": _moment(case.created_at),
            "waiting": _span(now, case.oldest_at),
            "is_old": bool(case.oldest_at and (now - case.oldest_at).days >= 1),
            "visitor_count": case.open_count - case.signed_in_count,
            "lines": [{"line": line, "at": _moment(line.reported_at)} for line in case.lines],
            "more": case.open_count - len(case.lines),
            "history": history.get(case.clone_public_id, []),
            "acts": [act for act in acts_for(case) if request.user.has_perm(act.permission)],
        }
        for case in listed
    ]


def _standings(public_ids: list[str]) -> dict[str, str]:
    chosen = list(clones.list_clones().filter(public_id__in=public_ids))
    states = competition.lifecycle_states(chosen)
    return {clone.public_id: STANDINGS.get(states[clone.pk], "") for clone in chosen}


def _picture(case: ReportCase) -> str:
    return reverse("console-picture", args=[case.image_digest]) if case.image_digest else ""


def _history(public_ids: list[str]) -> dict[str, list[dict[str, str]]]:
    """The latest acts upon each clone, newest first."""
    events = operations.list_audit_events().filter(
        subject_type="clones.clone", subject_id__in=public_ids, verb__in=ACTED
    )
    found: dict[str, list[dict[str, str]]] = {}
    for event in events[: len(public_ids) * HISTORY_SHOWN * 4]:
        lines = found.setdefault(event.subject_id, [])
        if len(lines) < HISTORY_SHOWN:
            by = event.actor_label or event.actor_id
            said = {"what": ACTED[event.verb], "reason": event.reason, "by": by, "at": _moment(event.at)}
            lines.append(said)
    return found


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M}"


def _span(now: datetime, since: datetime | None) -> str:
    if since is None:
        return ""
    minutes = max(0, int((now - since).total_seconds()) // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
