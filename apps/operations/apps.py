"""Django's registration of the operations app; it finds every app's cadences, tasks, invariants and held acts."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OperationsConfig(AppConfig):
    """The operations domain; its ownership card is the README beside this file."""

    name = "apps.operations"
    label = "operations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load what the apps declare, so that every process knows every worker."""
        autodiscover_modules("cadences", "tasks", "invariants", "system_invariants", "held_acts")
