"""The words of the clones domain: states, tiers, model strengths and their transition table."""

from collections.abc import Mapping

from django.db import models


class CloneStatus(models.TextChoices):
    """Where a clone stands with the operators; what players see is derived from more than this."""

    LIVE = "live", "Live"
    HIDDEN = "hidden", "Hidden"
    RETIRED = "retired", "Retired"
    DELETED = "deleted", "Deleted by its owner"


TRANSITIONS: Mapping[str, frozenset[str]] = {
    CloneStatus.LIVE: frozenset({CloneStatus.HIDDEN, CloneStatus.RETIRED, CloneStatus.DELETED}),
    CloneStatus.HIDDEN: frozenset({CloneStatus.LIVE, CloneStatus.RETIRED, CloneStatus.DELETED}),
    CloneStatus.RETIRED: frozenset(),
    CloneStatus.DELETED: frozenset(),
}
ENDED = frozenset({CloneStatus.RETIRED, CloneStatus.DELETED})
"""States in which a clone decides nothing and its strategy no longer changes."""


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


class ReportCategory(models.TextChoices):
    """What a report says is wrong with a public profile."""

    IMPERSONATION = "impersonation", "Pretends to be somebody"
    OFFENSIVE = "offensive", "Offensive"
    SCAM = "scam", "Scam or advertising"
    COPYRIGHT = "copyright", "Somebody else's work"
    OTHER = "other", "Something else"


class ReportStatus(models.TextChoices):
    """What became of a report."""

    OPEN = "open", "Open"
    UPHELD = "upheld", "Upheld"
    DISMISSED = "dismissed", "Dismissed"


REPORT_TRANSITIONS: Mapping[str, frozenset[str]] = {
    ReportStatus.OPEN: frozenset({ReportStatus.UPHELD, ReportStatus.DISMISSED}),
    ReportStatus.UPHELD: frozenset(),
    ReportStatus.DISMISSED: frozenset(),
}
