"""What must be true of the settings before anybody is let in."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def no_header_signs_in_in_production(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """users.E001: a header that signs anybody in has no place in production."""
    if not (settings.PRODUCTION and settings.DEV_USER_HEADER):
        return []
    hint = "Unset PUMPPARTY_DEV_USER_HEADER."
    return [Error("X-User-Id would sign anybody in.", hint=hint, id="users.E001")]
