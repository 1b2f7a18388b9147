"""The door of the acts that wait for a second person; releasing and refusing are dialogs of their admin page."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.console.acts import acts_upon
from apps.console.market_data.figures import span
from apps.console.words import moment
from apps.operations import clock
from apps.operations import queries as operations
from apps.operations.admin_columns import LABELS
from apps.operations.second_person import permission_of, title_of
from apps.operations.types import Actor, HeldStatus

DECIDED_SHOWN = 25
WAITING_SHOWN = 100
SUBJECT_PAGES = {"trading.propaccount": "console-account"}


@require_safe
@permission_required("operations.view_heldact", raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first, and how the latest others ended."""
    now = clock.now()
    decided = operations.list_held_acts().exclude(status=HeldStatus.WAITING)
    context = {
        **admin.site.each_context(request),
        "title": "Waiting for a second person",
        "waiting": [_waiting(act, request, now) for act in operations.waiting_acts(now=now)[:WAITING_SHOWN]],
        "decided": [_act(act) for act in decided.order_by("-decided_at", "-id")[:DECIDED_SHOWN]],
    }
    return TemplateResponse(request, "admin/second_person.html", context)


def _waiting(act: Any, request: HttpRequest, now: datetime) -> dict[str, Any]:
    """A card; who asked may only take it back, and who lacks the permission of its kind may only look."""
    me = Actor.user(request.user)
    is_mine = (act.asked_by_kind, act.asked_by_id) == (me.kind, me.identifier)
    may_decide = request.user.has_perm(permission_of(act.verb))
    acts = acts_upon(act, request, without=("release",) if is_mine else ()) if may_decide else []
    return {
        **_act(act),
        "is_mine": is_mine,
        "may_decide": may_decide,
        "acts": acts,
        "since": span(max(0, int((now - act.asked_at).total_seconds()))),
        "left": span(max(0, int((act.expires_at - now).total_seconds()))),
        "payload": [{"name": name, "value": str(value)} for name, value in sorted(act.payload.items())],
    }


def _act(act: Any) -> dict[str, Any]:
    page_name = SUBJECT_PAGES.get(act.subject_type)
    return {
        "id": act.public_id,
        "title": title_of(act.verb),
        "summary": act.summary,
        "subject": act.subject_id,
        "url": reverse(page_name, args=[act.subject_id]) if page_name else "",
        "row_url": reverse("admin:operations_heldact_change", args=[act.pk]),
        "reason": act.reason,
        "asked_by": act.asked_by_label or act.asked_by_id,
        "asked": moment(act.asked_at),
        "status": act.get_status_display(),
        # Of a release that the rules stopped, the person did release it.
        "decision": "released" if act.status == HeldStatus.FAILED else act.status,
        "tone": LABELS.get(act.status, ""),
        "decided_by": act.decided_by_label or act.decided_by_id,
        "decided": moment(act.decided_at),
        "decided_reason": act.decided_reason,
        "outcome": act.outcome,
    }
