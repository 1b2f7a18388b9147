"""Django's registration of the terminal app."""

from django.apps import AppConfig


class TerminalConfig(AppConfig):
    """The terminal domain; its ownership card is the README beside this file."""

    name = "apps.terminal"
    label = "terminal"
    default_auto_field = "django.db.models.BigAutoField"
