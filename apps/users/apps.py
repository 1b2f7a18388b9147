"""Django's registration of the users app."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """The users domain; its ownership card is the README beside this file."""

    name = "apps.users"
    label = "users"
    default_auto_field = "django.db.models.BigAutoField"
