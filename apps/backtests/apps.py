"""Django's registration of the backtests app."""

from django.apps import AppConfig


class BacktestsConfig(AppConfig):
    """The backtests domain; its ownership card is the README beside this file."""

    name = "apps.backtests"
    label = "backtests"
    default_auto_field = "django.db.models.BigAutoField"
