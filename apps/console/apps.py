"""Django's registration of the console app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The console domain; its ownership card is the README beside this file."""

    name = "apps.console"
    label = "console"
    default_auto_field = "django.db.models.BigAutoField"
