"""The values of the users domain that other apps may hold."""

from django.db import models


class ServiceScope(models.TextChoices):
    """What a machine may do with its service token."""

    HEALTH = "health", "Read worker health"
    LIFECYCLE = "lifecycle", "Synchronise the Arena and its queue"
    OPERATIONS = "operations", "Run operator commands"
