"""The door of refund authorisations; asking, authorising and denying are dialogs of their admin page."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.competition import queries as competition
from apps.competition.types import RefundDecision
from apps.console.acts import acts_of_list, acts_upon
from apps.console.market_data.figures import span
from apps.console.words import moment
from apps.operations import clock

WAITING_SHOWN = 100
DECIDED_SHOWN = 25
TONES = {RefundDecision.AUTHORISED: "success", RefundDecision.DENIED: "warning"}


@require_safe
@permission_required("competition.view_refundauthorisation", raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, oldest first, then what was decided, the latest first."""
    now = clock.now()
    rows = competition.list_refunds()
    waiting = rows.filter(status=RefundDecision.WAITING).order_by("pk")
    decided = rows.exclude(status=RefundDecision.WAITING).order_by("-decided_at", "-pk")
    context = {
        **admin.site.each_context(request),
        "title": "Refunds to decide",
        "set": acts_of_list(rows.model, request),
        "count": waiting.count(),
        "waiting": [_waiting(row, request, now) for row in waiting[:WAITING_SHOWN]],
        "decided": [_row(row) for row in decided[:DECIDED_SHOWN]],
    }
    return TemplateResponse(request, "admin/refund_leave.html", context)


def _waiting(row: Any, request: HttpRequest, now: datetime) -> dict[str, Any]:
    """A card; who asked for it, or owns the clone, may deny it and not authorise it."""
    mine = {row.asked_by_id: "You asked for this", row.entitlement.clone.owner_id: "This is your own clone"}
    why = mine.get(request.user.pk, "")
    return {
        **_row(row),
        "barred": why,
        "acts": acts_upon(row, request, without=("authorise",) if why else ()),
        "since": span(max(0, int((now - row.asked_at).total_seconds()))),
    }


def _row(row: Any) -> dict[str, Any]:
    grant = row.entitlement
    return {
        "id": row.public_id,
        "url": reverse("admin:competition_refundauthorisation_change", args=[row.pk]),
        "name": grant.clone.name,
        "grant": grant.public_id,
        "grant_url": reverse("admin:clones_entitlement_change", args=[grant.pk]),
        "source": grant.source,
        "audition": row.audition.public_id if row.audition else "",
        "audition_url": _audition_url(row),
        "reason": row.reason,
        "asked_by": row.asked_by.username,
        "asked": moment(row.asked_at),
        "status": row.get_status_display(),
        "tone": TONES.get(row.status, ""),
        "decided_by": row.decided_by.username if row.decided_by else "",
        "decided": moment(row.decided_at) if row.decided_at else "",
        "decision": row.decision_reason,
    }


def _audition_url(row: Any) -> str:
    return reverse("admin:competition_audition_change", args=[row.audition_id]) if row.audition_id else ""
