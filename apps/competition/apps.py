"""Django's registration of the competition app."""

from django.apps import AppConfig


class CompetitionConfig(AppConfig):
    """The competition domain; its ownership card is the README beside this file."""

    name = "apps.competition"
    label = "competition"
    default_auto_field = "django.db.models.BigAutoField"
