"""Django's registration of the trading app."""

from django.apps import AppConfig


class TradingConfig(AppConfig):
    """The trading domain; its ownership card is the README beside this file."""

    name = "apps.trading"
    label = "trading"
    default_auto_field = "django.db.models.BigAutoField"
