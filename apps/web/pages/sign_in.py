"""Signing in with a wallet, and signing out."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.operations import clock
from apps.operations.audit import Actor
from apps.users.services import pages
from apps.users.services.sign_in import sign_in
from apps.web.pages.answers import as_problem
from apps.web.pages.doors import person, safe_path
from apps.web.pages.frame import show


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Choose a wallet; one who is signed in already may prove it afresh."""
    wanted = safe_path(request.GET.get("next", ""))
    chains = ",".join(map(str, settings.SIGNIN_CHAINS))
    return show(request, "web/sign_in.html", section="sign-in", door={"next": wanted, "chains": chains})


@never_cache
@require_POST
@as_problem
def complete(request: HttpRequest) -> HttpResponse:
    """Take the signed challenge and open this browser's page session; answers where to go, or a problem."""
    now = clock.real_now()
    signed_in = sign_in(
        message=request.POST.get("message", ""),
        signature=request.POST.get("signature", ""),
        client=pages.client_of(request),
        now=now,
    )
    pages.open_page_session(request=request, signed_in=signed_in, now=now)
    return JsonResponse({"to": safe_path(request.POST.get("next", "")), "isNew": signed_in.is_new_user})


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's sign-in, whoever it belonged to."""
    if request.user.is_authenticated:
        pages.close_page_session(request=request, by=Actor.user(person(request)), now=clock.real_now())
    return HttpResponseRedirect("/")
