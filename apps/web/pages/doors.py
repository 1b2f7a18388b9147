"""Who may enter: pages of signed-in people, where a visitor goes after signing in, and whose accounts one reads."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from apps.trading.queries import ANYBODY, Reader

View = Callable[..., HttpResponse]
HOME = "/my"
SIGN_IN = "/sign-in"
LONGEST_PATH = 2000


def signed_in(view: View) -> View:
    """Send visitors to the sign-in page, and keep what the others read out of every cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            answer = view(request, *args, **kwargs)
        else:
            # A form that comes too late is not sent again by itself: the person starts from the list.
            wanted = request.get_full_path() if request.method in {"GET", "HEAD"} else HOME
            answer = HttpResponseRedirect(sign_in_address(wanted))
        answer["Cache-Control"] = "no-store, private"
        return answer

    return guarded


def person(request: HttpRequest) -> Any:
    """The person (a users.User) behind a request that `signed_in` let through."""
    return request.user


def account_reader(request: HttpRequest) -> Reader:
    """Who reads prop accounts on this page: anybody, a player, or an operator who may look at all of them."""
    user = request.user
    if not user.is_authenticated:
        return ANYBODY
    return Reader(user_id=user.pk, sees_all=user.is_staff and user.has_perm("trading.view_propaccount"))


def sign_in_address(wanted: str) -> str:
    """The sign-in page that leads on to `wanted`."""
    return f"{SIGN_IN}?{urlencode({'next': wanted})}"


def safe_path(wanted: str) -> str:
    """`wanted` where it is a path of this very site and not the door itself, else the list of one's own clones."""
    ours = (
        wanted.startswith("/")
        and len(wanted) <= LONGEST_PATH
        and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
        and wanted.partition("?")[0] not in {SIGN_IN, f"{SIGN_IN}/complete", "/sign-out"}
    )
    return wanted if ours else HOME
