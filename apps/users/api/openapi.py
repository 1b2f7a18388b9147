"""How the API's document describes the ways to say who calls."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class AccessTokenScheme(OpenApiAuthenticationExtension):
    """The access token of a sign-in."""

    target_class = "apps.users.api.authentication.AccessTokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """A bearer token."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The `accessToken` of POST /api/v1/auth/siwe/verify; it lives ten minutes.",
        }


class DevUserScheme(OpenApiAuthenticationExtension):
    """The header of a developer's machine."""

    target_class = "apps.users.api.authentication.DevUserAuthentication"
    name = "developmentUser"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """A header."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-User-Id",
            "description": "A user's id without any proof. Exists only where it was switched on, never in production.",
        }
