"""The routes of /api/v1: every app's own api/urls.py, and the document that describes them all."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView
from rest_framework.permissions import AllowAny


def _app_routes() -> list[URLPattern | URLResolver]:
    """One include per installed app of ours that has an `api/urls.py`, in the order of INSTALLED_APPS."""
    routes: list[URLPattern | URLResolver] = []
    for config in apps.get_app_configs():
        if not config.name.startswith("apps.") or find_spec(f"{config.name}.api") is None:
            continue
        if find_spec(f"{config.name}.api.urls") is None or not hasattr(
            import_module(f"{config.name}.api"), "__path__"
        ):
            continue
        routes.append(path("", include(f"{config.name}.api.urls")))
    return routes


# A reader draws pages with a template, in which what OPTIONS tells of a view cannot be written.
READER: dict[str, Any] = {"permission_classes": [AllowAny], "metadata_class": None}
urlpatterns: list[URLPattern | URLResolver] = [
    *_app_routes(),
    path("schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny]), name="api-schema"),
    path(
        "docs/",
        SpectacularSwaggerView.as_view(url_name="api-schema", **READER),
        name="api-docs",
    ),
    path(
        "reference/",
        SpectacularRedocView.as_view(url_name="api-schema", **READER),
        name="api-reference",
    ),
]
