"""Django's registration of the web app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The web domain; its ownership card is the README beside this file."""

    name = "apps.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
