"""The words of the clones domain: states, tiers, model strengths and their transition table."""

from collections.abc import Mapping

from django.db import models


class CloneStatus(models.TextChoices):
    """Where a clone stands with the operators; what players see is derived from more than this."""

    LIVE = "live", "Live"
    HIDDEN = "hidden", "Hidden"
    RETIRED = "retired", "Retired"


TRANSITIONS: Mapping[str, frozenset[str]] = {
    CloneStatus.LIVE: frozenset({CloneStatus.HIDDEN, CloneStatus.RETIRED}),
    CloneStatus.HIDDEN: frozenset({CloneStatus.LIVE, CloneStatus.RETIRED}),
    CloneStatus.RETIRED: frozenset(),
}


class SetupState(models.TextChoices):
    """What a clone still needs from its owner."""

    SETUP_REQUIRED = "setup_required", "Setup required"
    CONFIGURED = "configured", "Configured"
    RETIRED = "retired", "Retired"


class Tier(models.TextChoices):
    """Entitlement tiers, smallest first."""

    STARTER = "starter", "Starter"
    BUILDER = "builder", "Builder"
    PRO = "pro", "Pro"


class ModelStrength(models.TextChoices):
    """How strong a model the clone may think with."""

    LIGHT = "light", "Light"
    STANDARD = "standard", "Standard"
    FRONTIER = "frontier", "Frontier"
