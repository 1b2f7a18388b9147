"""Saying what does not agree between the chain and the books, once while it lasts."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from apps.economy.models import Finding
from apps.economy.types import FindingKind


def open_finding(
    *, kind: FindingKind, chain_id: int, subject: str, detail: Mapping[str, Any], now: datetime
) -> Finding:
    """The open finding of this kind about the subject: a new one, or the one that stands, seen again at `now`.

    `detail` is what was seen last, in values of JSON; wei as decimal text.
    """
    finding, is_new = Finding.objects.get_or_create(
        kind=kind,
        chain_id=chain_id,
        subject=subject,
        closed_at__isnull=True,
        defaults={"detail": dict(detail), "found_at": now, "seen_at": now},
    )
    if not is_new:
        finding.detail, finding.seen_at = dict(detail), max(now, finding.seen_at)
        finding.save(update_fields=["detail", "seen_at"])
    return finding


def close_findings(
    *,
    kind: FindingKind,
    chain_id: int,
    because: str,
    now: datetime,
    subject: str | None = None,
    still: Collection[str] = (),
) -> int:
    """Close what agrees again, and say why; how many were closed.

    Of the open findings of a kind: the one about `subject`, or all but those about the subjects in `still`.
    """
    open_ones = Finding.objects.filter(kind=kind, chain_id=chain_id, closed_at__isnull=True)
    chosen = open_ones.exclude(subject__in=still) if subject is None else open_ones.filter(subject=subject)
    return chosen.update(closed_at=now, closed_because=because)
