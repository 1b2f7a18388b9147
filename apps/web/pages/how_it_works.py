"""The explanation of the game."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.web.compose.auditions import terms
from apps.web.pages.frame import show


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """How a clone gets from an idea to the Arena."""
    return show(request, "web/how_it_works.html", section="how", page=terms())
