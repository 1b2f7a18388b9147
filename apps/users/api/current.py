"""Who and which sign-in a request belongs to, whichever way it came."""

from typing import cast

from rest_framework.request import Request

from apps.operations import clock
from apps.users.models import Session, User
from apps.users.services import pages


def signed_in_user(request: Request) -> User:
    """The person behind a request that a permission let through."""
    return cast(User, request.user)


def current_session(request: Request) -> Session | None:
    """The sign-in of the access token, or of the browser's page session; None for an operator's password."""
    if isinstance(request.auth, Session):
        return request.auth
    return pages.session_of(request._request, now=clock.real_now())
