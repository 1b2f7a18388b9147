"""What does not agree between the chain and the books, as the console shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from apps.economy.models import Finding
from apps.economy.types import FindingKind


@dataclass(frozen=True, slots=True)
class FindingView:
    """One disagreement; open while `closed_at` is empty."""

    public_id: str
    kind: FindingKind
    chain_id: int
    subject: str
    detail: dict[str, Any]
    found_at: datetime
    seen_at: datetime
    closed_at: datetime | None
    closed_because: str


def list_open_findings(
    *, chain_id: int | None = None, kind: str = "", subject: str = "", limit: int = 100
) -> list[FindingView]:
    """What does not agree now, newest first; of one chain, kind or subject where given."""
    asked = {"chain_id": chain_id, "kind": kind, "subject": subject}
    rows = Finding.objects.filter(closed_at__isnull=True)
    return _views(rows.filter(**{name: value for name, value in asked.items() if value})[:limit])


def list_closed_findings(*, limit: int = 50) -> list[FindingView]:
    """What agrees again, last closed first."""
    return _views(Finding.objects.filter(closed_at__isnull=False).order_by("-closed_at", "-id")[:limit])


def count_open_findings() -> dict[str, int]:
    """How many findings are open, by kind; only kinds that have any."""
    open_ones = Finding.objects.filter(closed_at__isnull=True)
    return dict(open_ones.order_by("kind").values_list("kind").annotate(number=Count("id")))


def _views(rows: Any) -> list[FindingView]:
    return [
        FindingView(
            public_id=row.public_id,
            kind=FindingKind(row.kind),
            chain_id=row.chain_id,
            subject=row.subject,
            detail=row.detail,
            found_at=row.found_at,
            seen_at=row.seen_at,
            closed_at=row.closed_at,
            closed_because=row.closed_because,
        )
        for row in rows
    ]
