"""Django's registration of the decisions app."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """The decisions domain; its ownership card is the README beside this file."""

    name = "apps.decisions"
    label = "decisions"
    default_auto_field = "django.db.models.BigAutoField"
