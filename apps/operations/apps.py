"""Django's registration of the operations app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """The operations domain; its ownership card is the README beside this file."""

    name = "apps.operations"
    label = "operations"
    default_auto_field = "django.db.models.BigAutoField"
