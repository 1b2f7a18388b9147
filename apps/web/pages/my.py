"""One's own clones: the list, making one, and the acts that concern a clone as a whole."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.clones import queries as clones
from apps.clones import services
from apps.core.errors import DomainError, InvalidInput, NotFound
from apps.operations import clock
from apps.web.compose import my
from apps.web.pages.doors import person, signed_in
from apps.web.pages.frame import show
from apps.web.pages.owned import actor, own_clone

ASKED = ("GET", "HEAD", "POST")


@require_safe
@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """The cards of one's clones."""
    return _list(request)


def _list(request: HttpRequest, *, error: DomainError | None = None) -> HttpResponse:
    sent = {"name": request.POST.get("name", ""), "error": error.detail if error else ""}
    page = my.my_clones(person(request), now=clock.now())
    return show(
        request,
        "web/my/clones.html",
        section="my",
        page=page,
        form=sent,
        status=error.status if error else 200,
    )


@require_POST
@signed_in
def create(request: HttpRequest) -> HttpResponse:
    """Make a clone of this name and open its builder; a refused name comes back with the reason."""
    try:
        clone = services.create_clone(
            owner=person(request), name=request.POST.get("name", ""), by=actor(request), now=clock.now()
        )
    except DomainError as error:
        return _list(request, error=error)
    messages.success(request, f"{clone.name} is yours. It starts with a simple strategy; make it your own.")
    return redirect("my-clone-build", clone.public_id)


@require_http_methods(ASKED)
@own_clone
def fork(request: HttpRequest, clone: Any) -> HttpResponse:
    """Copy the active version into a new clone."""

    def act() -> HttpResponse:
        version = clones.active_version(clone)
        if version is None:
            raise NotFound("Publish a strategy first; a fork starts from a published version.")
        made = services.fork_clone(
            clone=clone,
            version=version,
            name=request.POST.get("name", ""),
            by=actor(request),
            now=clock.now(),
        )
        messages.success(request, f"{made.name} starts from version {version.number} of {clone.name}.")
        return redirect("my-clone-build", made.public_id)

    return _asked(request, clone, "fork", act)


@require_http_methods(ASKED)
@own_clone
def delete(request: HttpRequest, clone: Any) -> HttpResponse:
    """Delete the clone whose name was typed."""

    def act() -> HttpResponse:
        if request.POST.get("name", "").strip() != clone.name:
            raise InvalidInput(f"Type {clone.name} exactly as it is written to delete it.")
        services.delete_clone(clone=clone, by=actor(request), now=clock.now())
        messages.success(request, f"{clone.name} is deleted.")
        return redirect("my")

    return _asked(request, clone, "delete", act)


def _asked(request: HttpRequest, clone: Any, act: str, do: Callable[[], HttpResponse]) -> HttpResponse:
    """Show the page that explains the act, or do it; a refusal comes back on that page."""
    error = None
    if request.method == "POST":
        try:
            return do()
        except DomainError as refused:
            error = refused
    sent = {"name": request.POST.get("name", ""), "error": error.detail if error else ""}
    status = error.status if error else 200
    one = my.one_clone(clone)
    return show(request, f"web/my/{act}.html", section="my", clone=one, form=sent, status=status)
