"""Django's registration of the users app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class UsersConfig(AppConfig):
    """The users domain; its ownership card is the README beside this file."""

    name = "apps.users"
    label = "users"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks of this and any later app."""
        autodiscover_modules("checks")
