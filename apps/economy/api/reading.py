"""What every economy route reads of a request: who asks, with which wallet, a body of known fields, once per key."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AbstractUser
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import StrictSerializer
from apps.economy.queries import own
from apps.operations import clock, idempotency
from apps.users.services import pages

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "header",
    required=True,
    description=(
        "Of your choice; the same key and body get the same answer for 24 hours, a 202 or a passing failure aside. "
        "400 IDEMPOTENCY_REQUIRED without one, 422 IDEMPOTENCY_MISMATCH for another body, 409 IDEMPOTENCY_IN_PROGRESS "
        "while the first request runs."
    ),
)
NO_STORE = {"Cache-Control": "no-store"}
CHECK_AGAIN_SECONDS = 5
"""When a payment that is not final yet is worth another look."""

Act = Callable[[], tuple[int, Any]]


def person(request: Request) -> AbstractUser:
    """The signed-in caller."""
    assert isinstance(request.user, AbstractUser)
    return request.user


def paying_wallet(request: Request, named: str = "") -> str:
    """The wallet that is to pay: the one named, else the one that signed in, else the caller's first; empty for none."""
    if named:
        return named.lower()
    session: Any = request.auth or pages.session_of(request._request, now=clock.real_now())
    if session is not None:
        return str(session.wallet.address)
    return next(iter(own.addresses_of(person(request))), "")


def body_of(serializer: Any) -> dict[str, Any]:
    """The validated body; raises ValidationError."""
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def asked(request: Request, query: type[StrictSerializer]) -> dict[str, Any]:
    """The validated query parameters; raises ValidationError for unknown or malformed ones."""
    return body_of(query(data=request.query_params.dict()))


def once(request: Request, act: Act, *, apart: bool = False) -> Response:
    """The answer of `act` (status, fields by their names), the same for the same Idempotency-Key of the same caller.

    `apart` as in `idempotency.run`: for acts that ask the chain. Answers are never cached between here and there.
    """
    words = json.dumps([request.method, request.path, request.data], sort_keys=True).encode()
    answer = idempotency.run(
        key=request.headers.get("Idempotency-Key", ""),
        scope=f"economy:{person(request).pk}",
        body_hash=hashlib.sha256(words).hexdigest(),
        handler=act,
        now=clock.real_now(),
        apart=apart,
    )
    headers = dict(NO_STORE)
    if answer.status == idempotency.NOT_YET:
        headers["Retry-After"] = str(CHECK_AGAIN_SECONDS)
    return Response(answer.body, status=answer.status, headers=headers)
