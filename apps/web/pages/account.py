"""One's account: wallets, devices that are signed in, and the link to a Terminal profile."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from apps.operations import clock
from apps.terminal.services import linking
from apps.users import queries as users
from apps.users.services import pages, sessions
from apps.users.services.sign_in import link_wallet as link
from apps.users.types import SessionEnd
from apps.web.compose.account import account
from apps.web.pages.answers import as_notice, as_problem
from apps.web.pages.doors import person, signed_in
from apps.web.pages.frame import show
from apps.web.pages.owned import actor

HERE = "/my/account"


@require_safe
@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """Wallets, devices and links."""
    now = clock.real_now()
    shown = account(person(request), pages.session_of(request, now=now), now=now)
    return show(request, "web/my/account.html", section="account", account=shown)


@require_POST
@signed_in
@as_problem
def link_wallet(request: HttpRequest) -> HttpResponse:
    """Take the proof of another wallet; answers where to go, or a problem."""
    now = clock.real_now()
    wallet = link(
        user=person(request),
        session=pages.session_of(request, now=now),
        message=request.POST.get("message", ""),
        signature=request.POST.get("signature", ""),
        client=pages.client_of(request),
        now=now,
    )
    messages.success(request, f"{wallet.address} is linked: it opens this account from now on.")
    return JsonResponse({"to": HERE})


@require_POST
@signed_in
@as_notice(back=HERE)
def end_session(request: HttpRequest, public_id: str) -> HttpResponse:
    """Sign one device out."""
    session = users.get_session(person(request), public_id)
    sessions.end_session(session=session, because=SessionEnd.REVOKED, by=actor(request), now=clock.real_now())
    messages.success(request, "That device is signed out.")
    return redirect(HERE)


@require_POST
@signed_in
@as_notice(back=HERE)
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign every device out but this one."""
    now = clock.real_now()
    ended = sessions.end_all(
        user=person(request),
        because=SessionEnd.REVOKED,
        by=actor(request),
        now=now,
        except_session=pages.session_of(request, now=now),
    )
    messages.success(request, f"Signed out elsewhere: {ended} device{'' if ended == 1 else 's'}.")
    return redirect(HERE)


@require_POST
@signed_in
@as_notice(back=HERE)
def begin_terminal(request: HttpRequest) -> HttpResponse:
    """Send the browser to the Terminal, which sends it back to `terminal_back`."""
    start = linking.begin_link(user=person(request), by=actor(request), now=clock.real_now())
    return HttpResponseRedirect(start.authorize_url)


@require_safe
@signed_in
def terminal_back(request: HttpRequest) -> HttpResponse:
    """What the Terminal sent along, to be confirmed: coming here by a link alone changes nothing."""
    came = {name: request.GET.get(name, "")[:2048] for name in ("state", "code", "error")}
    return show(request, "web/my/terminal.html", section="account", came=came)


@require_POST
@signed_in
@as_notice(back=HERE)
def complete_terminal(request: HttpRequest) -> HttpResponse:
    """Finish the link with what came back."""
    linking.complete_link(
        user=person(request),
        state=request.POST.get("state", ""),
        code=request.POST.get("code", ""),
        by=actor(request),
        now=clock.real_now(),
    )
    messages.success(request, "Your Terminal profile is linked.")
    return redirect(HERE)


@require_POST
@signed_in
@as_notice(back=HERE)
def end_terminal(request: HttpRequest) -> HttpResponse:
    """Unlink the Terminal profile."""
    linking.unlink(user=person(request), by=actor(request), now=clock.real_now())
    messages.success(request, "Your Terminal profile is unlinked.")
    return redirect(HERE)
