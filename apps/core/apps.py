"""Django's registration of the core app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The core domain; its ownership card is the README beside this file."""

    name = "apps.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"
