"""The Arena: the page and the answers that keep it moving."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from apps.operations import clock
from apps.web.compose.arena import FRAME, arena
from apps.web.compose.market_strip import strip
from apps.web.pages.frame import show

SHARED_SECONDS = 1
"""Every visitor polls the same figures, so one answer is shared for this long (real time)."""


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The leaderboard with curves, the running auditions and the queue."""
    now, speed = clock.now(), clock.speed()
    return show(request, "web/arena.html", section="arena", arena=arena(now=now, speed=speed), blank=FRAME)


@require_safe
def live_arena(request: HttpRequest) -> HttpResponse:
    """The same figures as JSON, for the page that is already open."""
    figures = cache.get("web.live-arena")
    if figures is None:
        figures = arena(now=clock.now(), speed=clock.speed())
        cache.set("web.live-arena", figures, SHARED_SECONDS)
    return _fresh(JsonResponse(figures))


@require_safe
def live_market(request: HttpRequest) -> HttpResponse:
    """The price source and the market's time as JSON."""
    return _fresh(JsonResponse(strip(now=clock.now(), speed=clock.speed())))


def _fresh(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
