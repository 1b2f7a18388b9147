"""The words and values of the Terminal link: states, their transition table, tokens and profiles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import models


class LinkStatus(models.TextChoices):
    """Where a link stands."""

    LINKED = "linked", "Linked"
    EXPIRED = "expired", "Expired: link again"
    UNLINKED = "unlinked", "Unlinked"


TRANSITIONS: Mapping[str, frozenset[str]] = {
    LinkStatus.LINKED: frozenset({LinkStatus.EXPIRED, LinkStatus.UNLINKED}),
    LinkStatus.EXPIRED: frozenset({LinkStatus.UNLINKED}),
    LinkStatus.UNLINKED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Token:
    """An access token in the clear; printing it shows nothing. `lifetime_seconds` is None where untold."""

    secret: str = field(repr=False)
    lifetime_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What the Terminal says of one profile; `total_points` is exact decimal text, `rank` starts at 1."""

    profile_id: str
    handle: str
    rank: int | None
    total_points: str


@dataclass(frozen=True, slots=True)
class LinkStart:
    """Where a user's browser goes to allow the link, and until when it may come back."""

    authorize_url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkState:
    """A user's link as pages and the API show it; `status` is a LinkStatus, UNLINKED where there is none.

    Rank and points are those of the last good reading, at `synced_at`.
    """

    available: bool
    status: str
    id: str = ""
    profile_id: str = ""
    handle: str = ""
    rank: int | None = None
    total_points: str | None = None
    linked_at: datetime | None = None
    synced_at: datetime | None = None
    expires_at: datetime | None = None
