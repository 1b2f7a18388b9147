"""Who may call a route: machines by the scope of their service token."""

from typing import ClassVar

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.operations.audit import Actor
from apps.users.api.bearer import service_token_of
from apps.users.types import ServiceScope


class HasServiceScope(BasePermission):
    """Allows a request whose `Authorization: Bearer` secret is a live service token with `scope`."""

    scope: ClassVar[str] = ""
    message = "A service token with the right scope is required."
    code = "SERVICE_TOKEN_REQUIRED"

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Check the header against the stored hashes; an unscoped permission allows nobody."""
        return bool(self.scope) and service_token_of(request, scope=self.scope) is not None


def program_behind(request: Request, *, scope: str) -> Actor:
    """The program that calls with a token of this scope, for the audit record; raises NotAuthenticated for none."""
    token = service_token_of(request, scope=scope)
    if token is None:
        raise NotAuthenticated
    return Actor("program", token.name, token.name)


class HasHealthScope(HasServiceScope):
    """May read worker health."""

    scope = ServiceScope.HEALTH.value


class HasLifecycleScope(HasServiceScope):
    """May synchronise the Arena and its queue."""

    scope = ServiceScope.LIFECYCLE.value


class HasPropReadScope(HasServiceScope):
    """May read prop accounts."""

    scope = ServiceScope.PROP_READ.value


class HasPropWriteScope(HasServiceScope):
    """May run prop accounts."""

    scope = ServiceScope.PROP_WRITE.value
