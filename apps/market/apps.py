"""Django's registration of the market app."""

from django.apps import AppConfig


class MarketConfig(AppConfig):
    """The market domain; its ownership card is the README beside this file."""

    name = "apps.market"
    label = "market"
    default_auto_field = "django.db.models.BigAutoField"
