"""The secrets of this installation by name, so that no prompt carries one: read where they are set, kept nowhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings


def own_secrets() -> dict[str, str]:
    """Every key and password that this process was given, by a name that may be told."""
    return {name: value for name, value in _named() if value}


def _named() -> Iterator[tuple[str, str]]:
    yield "SECRET_KEY", settings.SECRET_KEY
    yield from ((f"ACCESS_KEYS {name}", secret) for name, secret in settings.ACCESS_KEYS)
    yield from ((f"TERMINAL_KEYS {place}", key) for place, key in enumerate(settings.TERMINAL_KEYS))
    yield from (
        (f"DATABASES {name}", str(one.get("PASSWORD") or "")) for name, one in settings.DATABASES.items()
    )
    yield "ARTIFACT_S3 secret_key", settings.ARTIFACT_S3.get("secret_key", "")
    for name in ("REDIS_URL", "CELERY_BROKER_URL"):
        yield name, urlsplit(getattr(settings, name)).password or ""
    for name in _named_in_environment():
        yield name, os.environ.get(name, "")


def _named_in_environment() -> list[str]:
    """Variables that routes name as the place of their key."""
    routes = (route for group in settings.DECISION_MODELS.values() for route in group)
    return sorted({route.key_env for route in routes if route.key_env})
