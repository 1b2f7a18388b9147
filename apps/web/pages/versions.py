"""A clone's published versions: history, one of them, differences, restoring and forking."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from apps.clones import services
from apps.core.errors import DomainError
from apps.operations import clock
from apps.web.compose import builder, trial
from apps.web.compose import versions as compose
from apps.web.forms.profile import ForkForm
from apps.web.pages.owned import actor, own_clone, refused, seen, show_own


@require_safe
@own_clone
def page(request: HttpRequest, clone: Any) -> HttpResponse:
    """The history, and with `?from=` and `?to=` what two versions differ in."""
    ends = (_number(request, "from"), _number(request, "to"))
    compared = compose.comparison(clone, ends[0], ends[1]) if ends[0] and ends[1] else None
    history = compose.history(clone)
    return show_own(
        request, "web/my/versions.html", clone, tab="versions", history=history, compared=compared
    )


def _number(request: HttpRequest, name: str) -> int | None:
    sent = request.GET.get(name, "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None


@require_safe
@own_clone
def version(request: HttpRequest, clone: Any, number: int) -> HttpResponse:
    """One version, to read."""
    shown = compose.version_page(clone, number)
    choices = trial.choices(clone, number)
    return show_own(request, "web/my/version.html", clone, tab="versions", version=shown, choices=choices)


@require_POST
@own_clone
def restore(request: HttpRequest, clone: Any, number: int) -> HttpResponse:
    """Make the version's document the draft again."""
    chosen = builder.version_of(clone, number)
    try:
        services.restore_draft(
            clone=clone, version=chosen, by=actor(request), now=clock.now(), expected_revision=seen(request)
        )
    except DomainError as error:
        refused(request, error)
        return redirect("my-clone-version", clone.public_id, number)
    messages.success(request, f"Version {number} is the draft again. Publish it to make it active.")
    return redirect("my-clone-build", clone.public_id)


@require_POST
@own_clone
def fork(request: HttpRequest, clone: Any, number: int) -> HttpResponse:
    """Make a new clone that starts from the version."""
    chosen = builder.version_of(clone, number)
    form = ForkForm(request.POST)
    try:
        name = form.cleaned_data["name"] if form.is_valid() else ""
        forked = services.fork_clone(
            clone=clone, version=chosen, name=name, by=actor(request), now=clock.now()
        )
    except DomainError as error:
        refused(request, error)
        return redirect("my-clone-version", clone.public_id, number)
    messages.success(request, f"{forked.name} starts from version {number} of {clone.name}.")
    return redirect("my-clone-build", forked.public_id)
