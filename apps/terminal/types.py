"""The words of the Terminal link: its states and their transition table."""

from collections.abc import Mapping

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
