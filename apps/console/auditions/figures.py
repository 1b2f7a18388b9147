"""The audition desk in figures: its views with their numbers, and each audition as a row."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.competition import queries as competition
from apps.competition.types import AuditionStatus, AuditionView
from apps.console.acts import acts_upon
from apps.console.market_data.figures import span
from apps.console.words import cents, moment, percent, tone
from apps.operations.admin_columns import LABELS, money

SHOWN = 50
TITLES = {
    "running": "Running",
    "due": "Due",
    "deferred": "Put off",
    "flagged": "In doubt",
    "passed": "Passed",
    "failed": "Failed",
    "voided": "Void",
}
SAYS = {
    "running": "on their way now",
    "due": "their time is up",
    "deferred": "cannot be judged yet",
    "flagged": "what was paid is in doubt",
}
WHY = {
    "MARKS_MISSING": "its account was not valued yet",
    "MARKS_UNREAD": "not all of its marks have been read yet",
    "MARKS_STALE": "no mark since the window ended",
    "OUTAGE_LASTS": "an asset of the clone has no price now",
    "PRICE_UNUSABLE": "a position has no price to close it at",
}
TONES = {"deferred": "down", "flagged": "down"}
ACTS = {"void": "bad"}


def tabs(view: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The views with their numbers."""
    return [
        {"name": name, "title": TITLES[name], "count": f"{counts[name]:,}", "is_open": name == view}
        for name in competition.VIEWS
    ]


def cards(counts: Mapping[str, int]) -> list[dict[str, str]]:
    """What runs and what is the matter with it, in numbers."""
    return [
        {
            "title": TITLES[name],
            "value": f"{counts[name]:,}",
            "note": says,
            "tone": TONES.get(name, "") if counts[name] else "",
        }
        for name, says in SAYS.items()
    ]


def audition_rows(listed: Iterable[Any], request: HttpRequest, *, now: datetime) -> list[dict[str, Any]]:
    """The auditions as rows, in the same order, each with the acts that are left."""
    auditions = list(listed)
    views = competition.audition_views(auditions)
    return [
        {**_row(audition, view, now=now), "acts": _acts(audition, request)}
        for audition, view in zip(auditions, views, strict=True)
    ]


def _row(audition: Any, view: AuditionView, *, now: datetime) -> dict[str, Any]:
    runs = view.status == AuditionStatus.RUNNING
    equity = view.equity if runs else audition.result.get("equityMicros", view.equity)
    return {
        "id": view.public_id,
        "name": audition.clone.name,
        "status": view.status,
        "tone": LABELS.get(view.status, "info"),
        "reason": ""
        if runs
        else audition.reason.replace("_", " ").capitalize()
        if audition.reason.isupper()
        else audition.reason,
        "wait": _wait(audition, view),
        "is_flagged": view.is_flagged,
        "flag": audition.flag_reason,
        "extended": view.extended_minutes,
        "equity": money(equity),
        "profit": cents(equity - view.start),
        "profit_tone": tone(equity - view.start),
        "target": money(view.target_micros),
        "floor": money(view.floor_micros),
        "way": percent(max(-10_000, min(10_000, view.progress_bps))),
        "orders": f"{view.executed_orders} of {view.min_orders}",
        "started": moment(view.started_at),
        "ends": moment(view.ends_at),
        "left": span(max(0, int((view.ends_at - now).total_seconds())))
        if runs and now < view.ends_at
        else "",
        "ended": moment(view.result_at) if view.result_at else "",
        "is_bought": bool(audition.entitlement.terms_digest),
        "is_demonstration": view.demonstration,
        "rulebook": view.rulebook_title,
        "digest": view.rulebook_digest[:12],
        "links": _links(audition, view),
    }


def _wait(audition: Any, view: AuditionView) -> dict[str, str] | None:
    if not view.deferred_reason:
        return None
    return {
        "code": view.deferred_reason,
        "says": WHY.get(view.deferred_reason, "its account cannot be closed now"),
        "since": moment(audition.deferred_at),
    }


def _links(audition: Any, view: AuditionView) -> list[tuple[str, str]]:
    runs = f"{reverse('admin:decisions_decisionrun_changelist')}?q={view.account_public_id}"
    return [
        ("Account", reverse("console-account", args=[view.account_public_id])),
        ("Decisions", runs),
        ("Clone", reverse("admin:clones_clone_change", args=[audition.clone_id])),
        ("Public page", f"/auditions/{view.public_id}"),
        ("All fields", reverse("admin:competition_audition_change", args=[audition.pk])),
    ]


def _acts(audition: Any, request: HttpRequest) -> list[dict[str, Any]]:
    if audition.status != AuditionStatus.RUNNING:
        return []
    return [{**act, "tone": ACTS.get(act["name"], "")} for act in acts_upon(audition, request)]
