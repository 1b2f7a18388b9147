"""The audition of one's own clone: the way there, its price, how it goes and how it ended."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from apps.competition.services import auditions
from apps.core.errors import DomainError
from apps.operations import clock
from apps.web.compose.audition import audition_page
from apps.web.pages.buying import offer
from apps.web.pages.doors import person
from apps.web.pages.owned import actor, own_clone, refused, show_own


@require_http_methods(["GET", "HEAD", "POST"])
@own_clone
def page(request: HttpRequest, clone: Any) -> HttpResponse:
    """Where the clone stands on its way to the Arena; a POST starts the audition that was paid for."""
    if request.method == "POST":
        try:
            auditions.submit(clone=clone, by=actor(request), now=clock.now())
        except DomainError as error:
            return _show(request, clone, error=error)
        messages.success(request, f"{clone.name} is on its audition. Good luck.")
        return redirect("my-clone-audition", clone.public_id)
    return _show(request, clone)


@require_POST
@own_clone
def quote(request: HttpRequest, clone: Any) -> HttpResponse:
    """Take an offer for this clone's next audition; its page leads through the payment."""
    try:
        offer(request, clone_public_id=clone.public_id)
    except DomainError as error:
        refused(request, error)
    return redirect("my-clone-audition", clone.public_id)


def _show(request: HttpRequest, clone: Any, *, error: DomainError | None = None) -> HttpResponse:
    shown = audition_page(
        clone, user=person(request), anew="anew" in request.GET, now=clock.now(), real_now=clock.real_now()
    )
    context = {"page": shown, "error": error.detail if error else ""}
    status = error.status if error else 200
    return show_own(request, "web/my/audition.html", clone, tab="audition", status=status, **context)
