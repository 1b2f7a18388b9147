"""The door of the page of market data; it only shows."""

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from apps.console.market_data.figures import figures
from apps.operations import clock


@require_safe
@permission_required("market.view_ingestionrun", raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """Everything that feeds the market, at the moment of asking."""
    context = {
        **admin.site.each_context(request),
        "title": "Market data",
        **figures(now=clock.now(), real_now=clock.real_now(), speed=clock.speed()),
    }
    return TemplateResponse(request, "admin/market_data.html", context)
