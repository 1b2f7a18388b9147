"""The door of a decision's page."""

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from apps.console.decisions.figures import decision_page
from apps.core.errors import NotFound
from apps.decisions import queries as decisions


@require_safe
@permission_required("decisions.view_decisionrun", raise_exception=True)
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    """One decision, without its owner's words."""
    try:
        found = decision_page(decisions.get_run(public_id))
    except NotFound as missing:
        raise Http404(missing.detail) from missing
    title = f"Decision about {found['run']['symbol']}"
    return TemplateResponse(
        request, "admin/decision.html", {**admin.site.each_context(request), "title": title, **found}
    )
