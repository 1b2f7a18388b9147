"""What every page shares: the moment it is made for, and the strip on top."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from apps.operations import clock
from apps.web.compose.market_strip import strip


def show(request: HttpRequest, template: str, *, section: str = "", **context: Any) -> HttpResponse:
    """Render a page of ours with the price source and the market's time."""
    now, speed = clock.now(), clock.speed()
    return render(request, template, {"section": section, "market": strip(now=now, speed=speed), **context})


def favicon(request: HttpRequest) -> HttpResponse:
    """The mark, for browsers that ask for it by its old name."""
    return redirect(static("img/mark.svg"))
