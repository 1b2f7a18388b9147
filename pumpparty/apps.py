"""Django's registration of the composition root, for its management commands."""

from django.apps import AppConfig

from pumpparty.celery import app as celery_app


class PumpPartyConfig(AppConfig):
    """Commands that span every domain: up, test, the demonstration and the recording."""

    name = "pumpparty"
    label = "pumpparty"


__all__ = ["PumpPartyConfig", "celery_app"]
