"""The words of the clones domain: states, tiers, model strengths and their transition table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import models

NAME_LENGTH = 32
DESCRIPTION_LENGTH = 280
"""Longest name and description of a clone, in characters that people see."""


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


_ETHER_THOUSANDTH_WEI = 10**15
AUDITION_FEES_WEI: Mapping[str, Mapping[str, int]] = {
    strength: {
        tier: thousandths * _ETHER_THOUSANDTH_WEI
        for tier, thousandths in zip(Tier.values, prices, strict=True)
    }
    for strength, prices in {
        ModelStrength.LIGHT.value: (10, 15, 20),
        ModelStrength.STANDARD.value: (20, 30, 40),
        ModelStrength.FRONTIER.value: (40, 60, 80),
    }.items()
}
"""The published price of an audition by model strength and tier, in wei; charging it is not this app's work."""


@dataclass(frozen=True, slots=True)
class CloneOverview:
    """A clone as its owner reads it in a list.

    `is_frozen` says that a withdrawn entitlement stops its decisions; `forked_from` is (clone's public id,
    version number) of where it came from.
    """

    public_id: str
    name: str
    description: str
    status: str
    setup: str
    active_version: int | None
    tier: str | None
    model_strength: str | None
    is_mock: bool
    is_frozen: bool
    forked_from: tuple[str, int] | None
    image_digest: str
    created_at: datetime


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


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report as whoever decides reads it; `reporter` is empty for a visitor."""

    public_id: str
    category: str
    text: str
    reporter: str
    status: str
    reported_at: datetime
    resolution: str


@dataclass(frozen=True, slots=True)
class ReportCase:
    """A clone and what is reported about it: the open reports counted and the latest of them in words.

    `categories` counts the open reports; `lines` are the latest five, open ones first.
    """

    clone_key: int
    clone_public_id: str
    name: str
    description: str
    status: str
    owner: str
    owner_key: int
    image_digest: str
    created_at: datetime
    categories: tuple[tuple[str, int], ...]
    open_count: int
    signed_in_count: int
    upheld_count: int
    dismissed_count: int
    oldest_at: datetime | None
    lines: tuple[ReportLine, ...]
