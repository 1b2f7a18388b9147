"""What every page of one's own clone begins with: the signed-in player, and a clone that is theirs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse

from apps.core.errors import DomainError, NotFound
from apps.operations import audit
from apps.web.compose import builder
from apps.web.pages.doors import person, signed_in
from apps.web.pages.frame import show

View = Callable[..., HttpResponse]


def own_clone(view: View) -> View:
    """Give the view the caller's clone in place of its id; anybody else's is not found."""

    @signed_in
    @wraps(view)
    def page(request: HttpRequest, public_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, builder.own_clone(person(request), public_id), *args, **kwargs)
        except NotFound as missing:
            raise Http404(missing.detail) from missing

    return page


def missing_is_404(view: View) -> View:
    """Show our own page for what does not exist, or not for this person."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as missing:
            raise Http404(missing.detail) from missing

    return page


def actor(request: HttpRequest) -> audit.Actor:
    """The caller as the one who acts."""
    return audit.Actor.user(person(request))


def seen(request: HttpRequest) -> int:
    """The draft's revision that the page was shown for; -1, which no draft has, where it names none."""
    sent = request.POST.get("revision", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else -1


def refused(request: HttpRequest, error: DomainError) -> None:
    """Say on the next page why the act was refused."""
    messages.error(request, error.detail)


def show_own(request: HttpRequest, template: str, clone: Any, *, tab: str, **context: Any) -> HttpResponse:
    """Render a page of one's own clone."""
    return show(request, template, section="my", clone=builder.workshop(clone, tab=tab), **context)
