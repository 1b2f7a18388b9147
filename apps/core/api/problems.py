"""One error envelope for the whole API: application/problem+json with a stable code."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.settings import api_settings

from apps.core.api.rendering import CamelJSONRenderer
from apps.core.errors import AdapterError, DomainError

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
REQUEST_ID = "core.request_id"  # where a request carries its name, in META beyond the reach of headers
RETRY_AFTER_SECONDS = 2
TYPE_PREFIX = "urn:pumpparty:problem:"


def problem(*, status: int, code: str, detail: str, request: Any, retryable: bool = False) -> dict[str, Any]:
    """The envelope's members."""
    return {
        "type": TYPE_PREFIX + code.lower().replace("_", "-"),
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request.META.get(REQUEST_ID, "") if request is not None else "",
        "retryable": retryable,
    }


def problem_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception handler: every expected error becomes a problem; None (a defect, 500) for anything
    else. The answer is written here, so that a view that renders pages or YAML still fails in JSON.
    """
    request = context.get("request")
    request = getattr(request, "_request", request)
    headers: dict[str, str] = {}
    errors: Any = None
    if isinstance(exc, DomainError):
        body = problem(
            status=exc.status, code=exc.code, detail=exc.detail, request=request, retryable=exc.retryable
        )
        headers = _domain_headers(exc)
    elif isinstance(exc, AdapterError):
        # What failed outside is told in the log: its words may name our servers and their keys.
        logger.warning("An outside system failed a request: %s", exc.detail)
        body = problem(
            status=503,
            code="SOURCE_UNAVAILABLE",
            detail="A system that this needs does not answer; try again later.",
            request=request,
            retryable=exc.transient,
        )
    elif isinstance(exc, OperationalError):
        logger.exception("The database refused a request.")
        body = problem(
            status=503, code="DATABASE_BUSY", detail="Try again shortly.", request=request, retryable=True
        )
    else:
        known = _framework_error(exc)
        if known is None:
            return None
        errors = _errors(known) if isinstance(known, exceptions.ValidationError) else None
        headers = _headers(known)
        body = problem(
            status=_status(known),
            code=_code(known),
            detail=_sentence(known),
            request=request,
            retryable=isinstance(known, exceptions.Throttled),
        )
    if errors is not None:
        body["errors"] = errors
    if body["retryable"]:
        headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    return _written(body, headers=headers)


def problem_response(request: HttpRequest, *, status: int, code: str, detail: str) -> HttpResponse:
    """The envelope outside DRF: middlewares and Django's own failures."""
    return _written(problem(status=status, code=code, detail=detail, request=request))


def _written(body: dict[str, Any], *, headers: dict[str, str] | None = None) -> HttpResponse:
    content = CamelJSONRenderer().render(body)
    return HttpResponse(content, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def _framework_error(exc: Exception) -> exceptions.APIException | None:
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    return exc if isinstance(exc, exceptions.APIException) else None


def _status(exc: exceptions.APIException) -> int:
    # DRF turns 401 into 403 where a session is the first way to sign in; programs need to tell them apart.
    unknown = isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed)
    return 401 if unknown else exc.status_code


def _code(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.ValidationError):
        refused = "field_not_allowed" in _flat(exc.get_codes())
        return "FIELD_NOT_ALLOWED" if refused else "VALIDATION_FAILED"
    codes = exc.get_codes()
    return (codes if isinstance(codes, str) else exc.default_code).upper()


def _sentence(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.ValidationError):
        return "Some fields are not acceptable; see errors."
    return str(exc.detail)


def _errors(exc: exceptions.ValidationError) -> Any:
    # Always an object: what concerns no one field stands under the name that serializers use for it.
    return exc.detail if isinstance(exc.detail, dict) else {api_settings.NON_FIELD_ERRORS_KEY: exc.detail}


def _flat(value: Any) -> set[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return {code for item in value for code in _flat(item)}
    return {str(value)}


def _domain_headers(exc: DomainError) -> dict[str, str]:
    headers = {"WWW-Authenticate": "Bearer"} if exc.status == 401 else {}
    wait = getattr(exc, "retry_after", None)
    if wait is not None:
        headers["Retry-After"] = str(wait)
    return headers


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers: dict[str, str] = {}
    if _status(exc) == 401:
        headers["WWW-Authenticate"] = str(getattr(exc, "auth_header", None) or "Session")
    if getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(getattr(exc, "wait", 0)) + 1)
    return headers
