"""What every request passes first: a name for the log, and no NUL characters."""

import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.core.api.problems import problem_response

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
        request.request_id = name  # type: ignore[attr-defined]
        response = self.get_response(request)
        response[HEADER] = name
        return response


class RefuseNulMiddleware:
    """Answers 400 NUL_REFUSED to an address that carries a NUL character: PostgreSQL would fail on it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse or pass on."""
        query = request.META.get("QUERY_STRING", "")
        if "\x00" in request.path_info or "\x00" in query or "%00" in query:
            return problem_response(
                request, status=400, code="NUL_REFUSED", detail="The address holds a NUL character."
            )
        return self.get_response(request)
