"""The strategy builder: the draft in both modes, its basic form without a script, and publication."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from apps.clones import services
from apps.core.errors import DomainError, NotFound
from apps.operations import clock
from apps.web.compose import builder, trial
from apps.web.forms.basic import BasicForm
from apps.web.pages.owned import actor, own_clone, refused, seen, show_own


@require_safe
@own_clone
def root(request: HttpRequest, clone: Any) -> HttpResponse:
    """The short address leads to the builder."""
    return redirect("my-clone-build", clone.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@own_clone
def build(request: HttpRequest, clone: Any) -> HttpResponse:
    """Show the builder, or save what its basic form says."""
    page = builder.builder(clone)
    form = None
    if request.method == "POST":
        form = BasicForm(request.POST, groups=page["groups"], symbols=page["symbols"])
        if form.is_valid() and _saved(request, clone, form):
            after = "my-clone-publish" if "publish" in request.POST else "my-clone-build"
            return redirect(after, clone.public_id)
        page = {**page, **_as_sent(request.POST)}
    island = builder.island(clone, page, name=clone.name)
    context = {"page": page, "island": island, "form": form, "choices": trial.choices(clone, None)}
    return show_own(request, "web/my/build.html", clone, tab="build", **context)


def _saved(request: HttpRequest, clone: Any, form: BasicForm) -> bool:
    """Save the form's strategy as the draft; a refusal becomes the form's error."""
    try:
        services.save_draft(
            clone=clone,
            document=services.compose_basic(**form.choices()),
            by=actor(request),
            now=clock.now(),
            expected_revision=form.cleaned_data["revision"],
        )
    except NotFound:
        raise
    except DomainError as error:
        form.add_error(None, error.detail)
        return False
    messages.success(request, "Draft saved.")
    return True


def _as_sent(data: QueryDict) -> dict[str, Any]:
    """The choices as they were sent, so that nothing is lost over an error."""
    texts = ("depth", "engine", "strategy", "name", "behaviour", "cadence_minutes", "wake_price_move_bps")
    flags = ("enabled", "wake_stop_hit", "wake_new_market")
    return {
        "basic": True,
        "category": data.get("category", ""),
        "choices": {
            **{field: data.get(field, "") for field in texts},
            **{field: field in data for field in flags},
            "assets": data.getlist("assets"),
        },
    }


@require_http_methods(["GET", "HEAD", "POST"])
@own_clone
def publish(request: HttpRequest, clone: Any) -> HttpResponse:
    """What publishing the draft would change, and the act itself for the revision that was shown."""
    if request.method == "POST":
        try:
            version = services.publish(
                clone=clone, by=actor(request), now=clock.now(), expected_revision=seen(request)
            )
        except DomainError as error:
            refused(request, error)
            return redirect("my-clone-publish", clone.public_id)
        messages.success(request, f"Version {version.number} is active.")
        return redirect("my-clone-versions", clone.public_id)
    return show_own(
        request, "web/my/publish.html", clone, tab="build", publication=builder.publication(clone)
    )
