"""Saying what does not agree between the chain and the books, once while it lasts."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from apps.economy.models import Finding
from apps.economy.types import FindingKind

_AT_ONCE = 200


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
    subject: str | Collection[str] | None = None,
    still: Collection[str] = (),
) -> int:
    """Close what agrees again, and say why; how many were closed.

    Of the open findings of a kind: the ones about `subject`, one or several, or all but those about the subjects in `still`.
    """
    open_ones = Finding.objects.filter(kind=kind, chain_id=chain_id, closed_at__isnull=True)
    if subject is None:
        chosen = open_ones.exclude(subject__in=still)
    else:
        chosen = open_ones.filter(subject__in=[subject] if isinstance(subject, str) else list(subject))
    return chosen.update(closed_at=now, closed_because=because)


def keep_findings(
    *,
    kind: FindingKind,
    chain_id: int,
    found: Mapping[str, Mapping[str, Any]],
    about: Callable[[str], bool],
    because: str,
    now: datetime,
) -> None:
    """Open what was found, by subject, and close the other open ones whose subject is meant by `about`.

    As many questions for thousands of subjects as for one.
    """
    open_ones = Finding.objects.filter(kind=kind, chain_id=chain_id, closed_at__isnull=True)
    standing = {row.subject: row for row in open_ones}
    fresh = [
        Finding(kind=kind, chain_id=chain_id, subject=subject, detail=dict(said), found_at=now, seen_at=now)
        for subject, said in found.items()
        if subject not in standing
    ]
    Finding.objects.bulk_create(
        fresh, batch_size=_AT_ONCE, ignore_conflicts=True
    )  # another may have opened it
    again = [standing[subject] for subject in found if subject in standing]
    for row in again:
        row.detail, row.seen_at = dict(found[row.subject]), max(now, row.seen_at)
    Finding.objects.bulk_update(again, ["detail", "seen_at"], batch_size=_AT_ONCE)
    over = [row.pk for subject, row in standing.items() if subject not in found and about(subject)]
    for first in range(0, len(over), _AT_ONCE):
        chosen = open_ones.filter(pk__in=over[first : first + _AT_ONCE])
        chosen.update(closed_at=now, closed_because=because)
