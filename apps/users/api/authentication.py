"""Who calls the API: an access token, or, on a developer's machine only, a header that names anybody."""

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.core.errors import DomainError
from apps.operations import clock
from apps.users.models import Session, User
from apps.users.queries import find_active_user
from apps.users.services import sessions
from apps.users.services.tokens import PREFIX as SERVICE_PREFIX

SCHEME = b"bearer"


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>` of a live sign-in; service tokens are left to their permission."""

    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        """The person and the sign-in; None without such a header; AuthenticationFailed for a bad token."""
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != SCHEME or token.startswith(SERVICE_PREFIX.encode()):
            return None
        try:
            session = sessions.authenticate(access_token=token, now=clock.real_now())
        except DomainError as error:
            raise AuthenticationFailed(error.detail, code=error.code.lower()) from None
        return session.user, session

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Bearer"


class DevUserAuthentication(BaseAuthentication):
    """`X-User-Id: usr_...` without any proof; works only while DEV_USER_HEADER is on, never in production."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The named person, None without the header; AuthenticationFailed for a name that nobody has."""
        named = request.headers.get("X-User-Id", "")
        if not named or not settings.DEV_USER_HEADER or settings.PRODUCTION:
            return None
        user = find_active_user(named)
        if user is None:
            raise AuthenticationFailed("There is no such user.", code="user_unknown")
        return user, None
