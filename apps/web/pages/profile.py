"""The public profile as its owner edits it: name, description, picture, and how it will look."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from apps.clones import services
from apps.clones.services.images import IMAGE_BYTES
from apps.core.errors import DomainError, NotFound
from apps.operations import clock
from apps.web.compose import profile as compose
from apps.web.forms.profile import ImageForm, ProfileForm
from apps.web.pages.owned import actor, own_clone, refused, show_own


@require_http_methods(["GET", "HEAD", "POST"])
@own_clone
def page(request: HttpRequest, clone: Any) -> HttpResponse:
    """Show the profile, or change its words."""
    form = ProfileForm(request.POST or None, initial={"name": clone.name, "description": clone.description})
    if request.method == "POST" and form.is_valid() and _saved(request, clone, form):
        return redirect("my-clone-profile", clone.public_id)
    shown = compose.profile(clone)
    return show_own(request, "web/my/profile.html", clone, tab="profile", form=form, profile=shown)


def _saved(request: HttpRequest, clone: Any, form: ProfileForm) -> bool:
    """Change name and description; a refusal becomes an error of the form."""
    try:
        services.edit_profile(clone=clone, by=actor(request), now=clock.now(), **form.cleaned_data)
    except NotFound:
        raise
    except DomainError as error:
        form.add_error("description" if error.code.startswith("DESCRIPTION") else "name", error.detail)
        return False
    messages.success(request, "Profile saved. It is public at once.")
    return True


@require_POST
@own_clone
def image(request: HttpRequest, clone: Any) -> HttpResponse:
    """Put a picture in the place of the emblem."""
    form = ImageForm(request.POST, request.FILES)
    try:
        if form.is_valid():
            content = form.cleaned_data["image"].read(IMAGE_BYTES + 1)
            services.upload_image(clone=clone, content=content, by=actor(request), now=clock.now())
            messages.success(request, "Picture saved.")
        else:
            messages.error(request, " ".join(str(text) for text in form.errors["image"]))
    except DomainError as error:
        refused(request, error)
    return redirect("my-clone-profile", clone.public_id)


@require_POST
@own_clone
def remove_image(request: HttpRequest, clone: Any) -> HttpResponse:
    """Go back to the emblem."""
    try:
        services.remove_image(clone=clone, by=actor(request), now=clock.now())
        messages.success(request, "Picture removed; the emblem stands in its place.")
    except DomainError as error:
        refused(request, error)
    return redirect("my-clone-profile", clone.public_id)
