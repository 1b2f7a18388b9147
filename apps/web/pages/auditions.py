"""The auditions: running ones and results, one verdict, the queue behind them and the rulebooks above them."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.operations import clock
from apps.web.compose.auditions import auditions
from apps.web.compose.queue import queue_page
from apps.web.compose.rulebook import find_rulebook
from apps.web.compose.verdict import public_verdict
from apps.web.pages.doors import account_reader
from apps.web.pages.frame import show
from apps.web.pages.owned import missing_is_404


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Running auditions with their progress, and results with their reasons."""
    listed = auditions(number=request.GET.get("page", ""), now=clock.now())
    return show(request, "web/auditions.html", section="auditions", page=listed)


@require_safe
@missing_is_404
def verdict(request: HttpRequest, public_id: str) -> HttpResponse:
    """One audition for everybody: its way while it runs, its verdict and the reason of it afterwards."""
    found = public_verdict(public_id, reader=account_reader(request), now=clock.now())
    return show(request, "web/audition.html", section="auditions", clone=found, audition=found["audition"])


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Who waits for a slot and why, and who holds the slots."""
    listed = queue_page(number=request.GET.get("page", ""), now=clock.now())
    return show(request, "web/queue.html", section="auditions", page=listed)


@require_safe
@missing_is_404
def rulebook(request: HttpRequest, digest: str) -> HttpResponse:
    """A published rulebook in words."""
    return show(request, "web/rulebook.html", section="auditions", rulebook=find_rulebook(digest))
