"""A page session lives no longer than the sign-in it was opened with."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from apps.operations import clock
from apps.users.services import pages


class SessionBoundMiddleware:
    """Empties a page session whose sign-in has ended, on the next request; other sessions pass untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Check and pass on; a request without the cookie is not looked at, so that its answer may be shared."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not pages.is_sound(
            request, now=clock.real_now()
        ):
            request.session.flush()
            request.user = AnonymousUser()
        return self.get_response(request)
