"""Django's registration of the clones app."""

from django.apps import AppConfig


class ClonesConfig(AppConfig):
    """The clones domain; its ownership card is the README beside this file."""

    name = "apps.clones"
    label = "clones"
    default_auto_field = "django.db.models.BigAutoField"
