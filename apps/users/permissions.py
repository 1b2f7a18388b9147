"""Who may call a route: machines by the scope of their service token."""

from typing import ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.operations import clock
from apps.users.services.tokens import verify_service_token
from apps.users.types import ServiceScope

BEARER = "Bearer "


class HasServiceScope(BasePermission):
    """Allows a request whose `Authorization: Bearer` secret is a live service token with `scope`."""

    scope: ClassVar[str] = ""
    message = "A service token with the right scope is required."
    code = "SERVICE_TOKEN_REQUIRED"

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Check the header against the stored hashes; an unscoped permission allows nobody."""
        header = request.headers.get("Authorization", "")
        if not self.scope or not header.startswith(BEARER):
            return False
        token = verify_service_token(
            secret=header.removeprefix(BEARER), scope=self.scope, now=clock.real_now()
        )
        return token is not None


class HasHealthScope(HasServiceScope):
    """May read worker health."""

    scope = ServiceScope.HEALTH


class HasLifecycleScope(HasServiceScope):
    """May synchronise the Arena and its queue."""

    scope = ServiceScope.LIFECYCLE
