"""The market: every asset, one asset, and where the data come from."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.core.errors import NotFound
from apps.operations import clock
from apps.web.compose.market_asset import market_asset
from apps.web.compose.market_data import market_data
from apps.web.compose.market_list import market_list
from apps.web.pages.frame import show


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every tracked asset, in the category and order asked for."""
    asked = request.GET
    listed = market_list(
        now=clock.now(),
        category=asked.get("category", ""),
        sort=asked.get("sort", ""),
        is_turned=asked.get("order") == "turned",
    )
    return show(request, "web/market.html", section="market", page=listed)


@require_safe
def asset(request: HttpRequest, symbol: str) -> HttpResponse:
    """One asset; a page of its own where there is none."""
    try:
        found = market_asset(symbol, now=clock.now())
    except NotFound:
        return show(request, "web/market_unknown.html", section="market", status=404)
    return show(request, "web/market_asset.html", section="market", page=found)


@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Every source with its channels, and every price."""
    now, real_now, speed = clock.now(), clock.real_now(), clock.speed()
    found = market_data(now=now, real_now=real_now, speed=speed)
    return show(request, "web/market_data.html", section="market", page=found)
