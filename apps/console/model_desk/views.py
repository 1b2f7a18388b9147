"""The door of the page of models; stopping them is a dialog of the switches' own admin page."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from apps.console.acts import acts_of_list, acts_upon
from apps.console.model_desk.figures import figures
from apps.console.words import moment
from apps.decisions import queries as decisions
from apps.operations import clock

PAST_SHOWN = 10


@require_safe
@permission_required("decisions.view_modelcall", raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """What models cost and how they fare, at the moment of asking."""
    switches = decisions.list_model_halts()
    context = {
        **admin.site.each_context(request),
        "title": "Models",
        "set": acts_of_list(switches.model, request),
        "standing": [_switch(halt, request) for halt in switches.filter(lifted_at__isnull=True)],
        "past": [_switch(halt, None) for halt in switches.filter(lifted_at__isnull=False)[:PAST_SHOWN]],
        **figures(real_now=clock.real_now()),
    }
    return TemplateResponse(request, "admin/models.html", context)


def _switch(halt: Any, request: HttpRequest | None) -> dict[str, Any]:
    return {
        "over": halt.name or "Every model",
        "id": halt.pk,
        "reason": halt.reason,
        "by": halt.set_by,
        "at": moment(halt.set_at),
        "lifted_by": halt.lifted_by,
        "lifted": moment(halt.lifted_at),
        "lifted_reason": halt.lifted_reason,
        "acts": acts_upon(halt, request) if request is not None else [],
    }
