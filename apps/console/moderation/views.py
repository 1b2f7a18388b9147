"""The doors of the moderation queue: its page, its acts by POST, and the pictures that it shows."""

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.clones import queries as clones
from apps.console.moderation.acts import ACTS, Act
from apps.console.moderation.cases import cards
from apps.core.errors import DomainError, NotFound
from apps.operations import artifacts, clock
from apps.operations.audit import Actor

CASES_SHOWN = 50
SHORTEST_REASON, LONGEST_REASON = 4, 500
PICTURE_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
may_look = permission_required("clones.view_report", raise_exception=True)


@require_safe
@may_look
def page(request: HttpRequest) -> HttpResponse:
    """The open cases, or with ?view=hidden the hidden clones."""
    is_hidden = request.GET.get("view") == "hidden"
    find = clones.hidden_cases if is_hidden else clones.open_cases
    context = {
        **admin.site.each_context(request),
        "title": "Moderation",
        "is_hidden": is_hidden,
        "open_count": clones.count_open_cases(),
        "hidden_count": clones.count_hidden(),
        "cards": cards(find(limit=CASES_SHOWN), request=request, now=clock.now()),
        "most": CASES_SHOWN,
    }
    return TemplateResponse(request, "admin/moderation.html", context)


@require_POST
@may_look
def decide(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """Carry out one act with its reason, say what came of it, and show the page again."""
    act = ACTS.get(name)
    if act is None or not request.user.has_perm(act.permission):
        raise Http404("There is no such act here.")
    reason = " ".join(request.POST.get("reason", "").split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        messages.error(request, f"Give a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters.")
    elif act.is_irreversible and request.POST.get("confirmation", "").strip() != public_id:
        messages.error(request, "The identifier typed does not match; nothing was changed.")
    else:
        _carry_out(act, request, public_id, reason=reason)
    return redirect(reverse("console-moderation") + ("?view=hidden" if "hidden" in request.POST else ""))


def _carry_out(act: Act, request: HttpRequest, public_id: str, *, reason: str) -> None:
    by = Actor.user(request.user)
    try:
        clone = clones.get_clone(public_id)
        act.run(clone=clone, reason=reason, by=by, now=clock.now())
    except DomainError as refused:
        messages.error(request, refused.detail)
    else:
        messages.success(request, f"{clone.name}: {act.done}")


@require_safe
@may_look
def picture(request: HttpRequest, digest: str) -> HttpResponse:
    """A clone's picture for who decides about it, hidden or not."""
    if not clones.is_image_in_use(digest):
        raise Http404("No clone has this picture.")
    try:
        content = artifacts.get(digest)
    except NotFound as missing:
        raise Http404(missing.detail) from missing
    return HttpResponse(content, content_type="image/webp", headers=PICTURE_HEADERS)
