"""Django's registration of the economy app."""

from django.apps import AppConfig


class EconomyConfig(AppConfig):
    """The economy domain; its ownership card is the README beside this file."""

    name = "apps.economy"
    label = "economy"
    default_auto_field = "django.db.models.BigAutoField"
