"""What every request passes first: a name for the log, headers for the answer, and the refusal of NUL characters."""

import re
import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from apps.core.api.problems import REQUEST_ID
from apps.core.failures import NulRefused, bad_request, is_api

HEADER = "X-Request-ID"
_ACCEPTED = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
Next = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Gives each request an identifier (the caller's if it is well formed) and returns it in the answer."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Name the request and pass it on."""
        given = request.headers.get(HEADER, "")
        name = given if _ACCEPTED.fullmatch(given) else secrets.token_hex(12)
        request.META[REQUEST_ID] = name
        response = self.get_response(request)
        response[HEADER] = name
        return response


class AnswerHeadersMiddleware:
    """Says with each answer what its page may load and run, and keeps what is for one reader out of shared caches.

    An answer that says so itself is left alone.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on and write the headers."""
        response = self.get_response(request)
        policies = settings.CONTENT_POLICIES
        policy = next((found for start, found in policies if request.path_info.startswith(start)), None)
        if policy is not None:
            response.headers.setdefault("Content-Security-Policy", policy)
        if is_api(request):
            response.headers.setdefault("Cache-Control", "no-store")
        elif settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class RefuseNulMiddleware:
    """Answers 400 to an address or cookie that carries a NUL character: PostgreSQL would fail on it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse or pass on."""
        query = request.META.get("QUERY_STRING", "")
        # A quoted cookie spells any character as an octal escape, so its decoded value is what counts.
        if "%00" in query or any(
            "\x00" in text for text in (request.path_info, query, *request.COOKIES.values())
        ):
            return bad_request(request, NulRefused())
        return self.get_response(request)
