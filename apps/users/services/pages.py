"""Page sessions of people who signed in with a wallet: Django's cookie, bound to a Session row."""

from datetime import datetime

from django.contrib import auth
from django.http import HttpRequest

from apps.core.client_address import client_address
from apps.operations.audit import Actor
from apps.users.models import Session
from apps.users.services import sessions
from apps.users.services.sign_in import SignIn
from apps.users.types import LONGEST_USER_AGENT, ClientInfo, SessionEnd

PAGE_KEY = "sign_in"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def client_of(request: HttpRequest) -> ClientInfo:
    """The device behind a request, by what the server and its own proxies know."""
    agent = "".join(filter(str.isprintable, request.headers.get("User-Agent", "")))
    return ClientInfo(address=client_address(request), user_agent=agent[:LONGEST_USER_AGENT])


def open_page_session(*, request: HttpRequest, signed_in: SignIn, now: datetime) -> None:
    """Sign the person in on this browser's pages, under a fresh cookie, for as long as the sign-in lives.

    A sign-in that the browser held before ends: nobody could reach it any more.
    """
    before = session_of(request, now=now)
    if before is not None:
        by = Actor.user(before.user)
        sessions.end_session(session=before, because=SessionEnd.SIGNED_OUT, by=by, now=now)
    auth.login(request, signed_in.user, backend=BACKEND)
    request.session[PAGE_KEY] = signed_in.session.public_id
    request.session.set_expiry(signed_in.session.expires_at)


def close_page_session(*, request: HttpRequest, by: Actor, now: datetime) -> None:
    """End the sign-in of this browser, where it has one, and empty its page session."""
    session = session_of(request, now=now)
    if session is not None:
        sessions.end_session(session=session, because=SessionEnd.SIGNED_OUT, by=by, now=now)
    auth.logout(request)


def session_of(request: HttpRequest, *, now: datetime) -> Session | None:
    """The live sign-in that this browser's page session is bound to, or None."""
    public_id = request.session.get(PAGE_KEY)
    return sessions.live_session(public_id, now) if isinstance(public_id, str) else None


def is_sound(request: HttpRequest, *, now: datetime) -> bool:
    """Whether the page session is bound to no sign-in, or to a live one of the same person."""
    if PAGE_KEY not in request.session:
        return True
    session = session_of(request, now=now)
    if session is None or str(session.user_id) != request.session.get(auth.SESSION_KEY):
        return False
    sessions.note_seen(session=session, now=now)
    return True
