"""Django's registration of the composition root, for its management commands."""

from django.apps import AppConfig


class PumpPartyConfig(AppConfig):
    """Commands that span every domain: up, test, the demonstration and the recording."""

    name = "pumpparty"
    label = "pumpparty"
