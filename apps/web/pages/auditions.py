"""The auditions: running ones and results."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.operations import clock
from apps.web.compose.auditions import auditions
from apps.web.pages.frame import show


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Running auditions with their progress, and results with their reasons."""
    return show(request, "web/auditions.html", section="auditions", page=auditions(now=clock.now()))
