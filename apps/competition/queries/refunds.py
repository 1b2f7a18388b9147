"""Leave to give fees back: what waits for a second person, and what economy pays by looking."""

from typing import Any

from django.db.models import QuerySet

from apps.competition.models import RefundAuthorisation
from apps.competition.types import AuthorisedRefund, RefundDecision


def refunds_authorised(limit: int = 100, *, after: int = 0) -> list[AuthorisedRefund]:
    """Authorised refunds in the order of their keys, those after the key `after`, at most `limit`."""
    rows = list_refunds().filter(status=RefundDecision.AUTHORISED, pk__gt=after).order_by("pk")
    return [
        AuthorisedRefund(
            key=row.pk,
            public_id=row.public_id,
            entitlement_id=row.entitlement_id,
            source=row.entitlement.source,
            audition_public_id=row.audition.public_id if row.audition else "",
            clone_public_id=row.entitlement.clone.public_id,
            reason=row.reason,
            authorised_at=row.decided_at,
        )
        for row in rows[:limit]
    ]


def list_refunds(*, owner: Any = None, status: str | None = None) -> QuerySet[RefundAuthorisation]:
    """Every authorisation asked for, newest first, with its grant, clone and persons; of one owner where given."""
    rows = RefundAuthorisation.objects.select_related(
        "entitlement__clone", "audition", "asked_by", "decided_by"
    )
    if owner is not None:
        rows = rows.filter(entitlement__clone__owner=owner)
    if status is not None:
        rows = rows.filter(status=status)
    return rows.order_by("-pk")


def has_standing_refund(entitlement: Any) -> bool:
    """Whether giving this grant's fee back was asked for and not denied: it is withdrawn and stays so."""
    standing = RefundAuthorisation.objects.filter(entitlement=entitlement)
    return standing.exclude(status=RefundDecision.DENIED).exists()


def count_waiting_refunds() -> int:
    """How many wait for a second person."""
    return RefundAuthorisation.objects.filter(status=RefundDecision.WAITING).count()
