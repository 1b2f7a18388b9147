"""The answers outside DRF: a problem below /api/, the styled page of that status everywhere else."""

import sys

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from apps.core.api.problems import problem_handler, problem_response

API_PREFIX = "/api/"


class NulRefused(SuspiciousOperation):
    """The request carries a NUL character, on which PostgreSQL would fail."""


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handler of 400: a request that cannot be trusted or read; above the size limit it is 413."""
    if isinstance(exception, RequestDataTooBig):
        return _answer(request, 413, "BODY_TOO_LARGE", "The body is larger than this server reads.")
    if isinstance(exception, NulRefused):
        return _answer(request, 400, "NUL_REFUSED", "The request holds a NUL character.")
    return _answer(request, 400, "BAD_REQUEST", "The request cannot be read.")


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handler of 403."""
    return _answer(request, 403, "PERMISSION_DENIED", "This is not allowed.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The view behind CSRF_FAILURE_VIEW; `reason` is for the log and is not shown."""
    return _answer(
        request, 403, "CSRF_FAILED", "The form is too old or came from another site; load it again."
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handler of 404."""
    return _answer(request, 404, "NOT_FOUND", "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Handler of 500; the answer names the request so that the log line can be found.

    Below /api/ a busy database is no defect: before DRF, where sessions are read, it is answered as inside DRF.
    """
    failure = sys.exc_info()[1]
    if isinstance(failure, OperationalError) and is_api(request):
        busy = problem_handler(failure, {"request": request})
        if busy is not None:
            return busy
    return _answer(request, 500, "INTERNAL_ERROR", "Something broke on our side; it has been logged.")


def is_api(request: HttpRequest) -> bool:
    """Whether a program asks: the path is /api or below it."""
    return f"{request.path_info}/".startswith(API_PREFIX)


def _answer(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if is_api(request):
        return problem_response(request, status=status, code=code, detail=detail)
    # Without the request no context processor runs: a page about a failure needs no session and no database.
    page = render_to_string(f"{400 if status == 413 else status}.html", {"detail": detail})
    return HttpResponse(page, status=status)
