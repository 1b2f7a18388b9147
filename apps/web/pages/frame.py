"""What every page shares: the moment it is made for, the strip on top, and who looks at it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from apps.operations import clock
from apps.users.services import pages as page_sessions
from apps.web.compose.market_strip import strip
from apps.web.compose.standing import halt_notice
from apps.web.compose.viewer import viewer


def show(
    request: HttpRequest, template: str, *, section: str = "", status: int = 200, **context: Any
) -> HttpResponse:
    """Render a page of ours with the price source, the market's time and the person who looks at it."""
    now, speed = clock.now(), clock.speed()
    session = (
        page_sessions.session_of(request, now=clock.real_now()) if request.user.is_authenticated else None
    )
    shared = {
        "section": section,
        "market": strip(now=now, speed=speed),
        "halt": halt_notice(),
        "viewer": viewer(request.user, session),
    }
    return render(request, template, {**shared, **context}, status=status)


def favicon(request: HttpRequest) -> HttpResponse:
    """The mark, for browsers that ask for it by its old name."""
    return redirect(static("img/mark.svg"))
