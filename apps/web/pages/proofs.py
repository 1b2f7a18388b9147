"""The page of the daily roots."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.web.compose.proofs import sealed_days
from apps.web.pages.frame import show


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The sealed days, and how to check them without trusting us."""
    site = request.build_absolute_uri("/").rstrip("/")
    return show(request, "web/proofs.html", page=sealed_days(), site=site)
