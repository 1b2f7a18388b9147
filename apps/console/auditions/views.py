"""The doors of the audition desk and of the rulebooks; their acts are dialogs of the rows' own admin pages."""

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from apps.competition import queries as competition
from apps.console.acts import acts_of_list
from apps.console.auditions.figures import SHOWN, audition_rows, cards, tabs
from apps.console.auditions.rulebooks import rulebook_row
from apps.operations import clock

MOST_SEARCHED = 80


@require_safe
@permission_required("competition.view_audition", raise_exception=True)
def desk(request: HttpRequest) -> HttpResponse:
    """The auditions of one view, at the moment of asking."""
    now = clock.now()
    counts = competition.count_desk(now=now)
    asked = request.GET.get("view", "")
    view = asked if asked in competition.VIEWS else competition.VIEWS[0]
    search = request.GET.get("q", "").strip()[:MOST_SEARCHED]
    found = competition.desk_auditions(view, now=now, search=search)
    page = Paginator(found, SHOWN).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": "Auditions",
        "tabs": tabs(view, counts),
        "view": view,
        "q": search,
        "page": page,
        "cards": cards(counts),
        "rows": audition_rows(page.object_list, request, now=now),
    }
    return TemplateResponse(request, "admin/auditions.html", context)


@require_safe
@permission_required("competition.view_rulebook", raise_exception=True)
def rulebooks(request: HttpRequest) -> HttpResponse:
    """Every published rulebook, the offered one first."""
    listed = competition.list_rulebooks()
    page = Paginator(listed, SHOWN).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": "Rulebooks",
        "rows": [rulebook_row(rulebook, request) for rulebook in page.object_list],
        "page": page,
        "publish": acts_of_list(listed.model, request),
        "offered": competition.offered_rulebook(),
    }
    return TemplateResponse(request, "admin/rulebooks.html", context)
