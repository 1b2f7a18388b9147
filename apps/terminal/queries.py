"""Reading links: a user's own, and those that are due for a reading."""

from datetime import datetime

from django.db.models import QuerySet

from apps.core.errors import NotFound
from apps.terminal.adapters import client
from apps.terminal.models import ProfileSnapshot, TerminalLink
from apps.terminal.types import LinkState, LinkStatus


def find_link(*, user_id: int) -> TerminalLink | None:
    """The user's link that has not been ended, linked or expired."""
    return TerminalLink.objects.filter(user_id=user_id).exclude(status=LinkStatus.UNLINKED).first()


def get_link(*, user_id: int) -> TerminalLink:
    """The same; raises NotFound (TERMINAL_NOT_LINKED) where there is none."""
    link = find_link(user_id=user_id)
    if link is None:
        raise NotFound("No Terminal profile is linked.", code="TERMINAL_NOT_LINKED")
    return link


def link_state(*, user_id: int) -> LinkState:
    """The user's link as it is shown, with the last reading of rank and points; two queries at most."""
    link = find_link(user_id=user_id)
    available = client.is_configured()
    if link is None:
        return LinkState(available=available, status=LinkStatus.UNLINKED)
    last = ProfileSnapshot.objects.filter(link=link).order_by("-at").first()
    return LinkState(
        available=available,
        status=link.status,
        id=link.public_id,
        profile_id=link.profile_id,
        handle=link.handle,
        rank=last.rank if last else None,
        total_points=last.total_points if last else None,
        linked_at=link.linked_at,
        synced_at=link.synced_at,
        expires_at=link.token_expires_at,
    )


def list_due(*, now: datetime, limit: int) -> QuerySet[TerminalLink]:
    """The linked profiles whose next reading is due, longest waiting first."""
    due = TerminalLink.objects.filter(status=LinkStatus.LINKED, next_sync_at__lte=now)
    return due.order_by("next_sync_at", "pk")[:limit]
