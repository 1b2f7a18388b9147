"""Reading a service token from a request."""

from rest_framework.request import Request

from apps.operations import clock
from apps.users.models import ServiceToken
from apps.users.services.tokens import verify_service_token

BEARER = "Bearer "


def service_token_of(request: Request, *, scope: str) -> ServiceToken | None:
    """Return the live token of the `Authorization: Bearer` header when it carries `scope`, else None."""
    header = request.headers.get("Authorization", "")
    if not header.startswith(BEARER):
        return None
    return verify_service_token(secret=header.removeprefix(BEARER), scope=scope, now=clock.real_now())
