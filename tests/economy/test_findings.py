"""Findings: one open row for what lasts, closed with a reason, opened anew when it comes back."""

from datetime import timedelta

import pytest

from apps.economy.models import Finding
from apps.economy.services.findings import close_findings, open_finding
from apps.economy.types import FindingKind
from tests.economy.world import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


def found(subject: str = "dep_1", kind: FindingKind = FindingKind.REORG, **detail: str) -> Finding:
    """An open finding of chain 1."""
    return open_finding(kind=kind, chain_id=1, subject=subject, detail=detail, now=NOW)


def test_what_lasts_is_one_finding_that_was_seen_again() -> None:
    first = found(depth="3")
    again = open_finding(
        kind=FindingKind.REORG, chain_id=1, subject="dep_1", detail={"depth": "4"}, now=LATER
    )
    assert again.pk == first.pk
    row = Finding.objects.get()
    assert (row.found_at, row.seen_at, row.detail) == (NOW, LATER, {"depth": "4"})


def test_a_late_report_does_not_turn_back_when_it_was_seen() -> None:
    open_finding(kind=FindingKind.REORG, chain_id=1, subject="dep_1", detail={}, now=LATER)
    found()
    assert Finding.objects.get().seen_at == LATER


def test_kinds_subjects_and_chains_are_findings_of_their_own() -> None:
    found()
    found("dep_2")
    found(kind=FindingKind.DOUBLE)
    open_finding(kind=FindingKind.REORG, chain_id=2, subject="dep_1", detail={}, now=NOW)
    assert Finding.objects.count() == 4


def test_one_subject_is_closed_and_may_be_found_again() -> None:
    first, other = found(), found("dep_2")
    closing = {"kind": FindingKind.REORG, "chain_id": 1, "because": "It is back.", "now": LATER}
    assert close_findings(subject="dep_1", **closing) == 1  # type: ignore[arg-type]  # keywords of one dict
    assert close_findings(subject="dep_1", **closing) == 0  # type: ignore[arg-type]  # keywords of one dict
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.closed_at, first.closed_because, other.closed_at) == (LATER, "It is back.", None)
    assert found().pk != first.pk


def test_all_but_those_that_still_are_get_closed() -> None:
    for subject in ("dep_1", "dep_2", "dep_3"):
        found(subject)
    found("dep_4", FindingKind.DOUBLE)
    closed = close_findings(kind=FindingKind.REORG, chain_id=1, because="Agrees.", now=LATER, still=["dep_2"])
    assert closed == 2
    left = Finding.objects.filter(closed_at__isnull=True).values_list("subject", flat=True)
    assert set(left) == {"dep_2", "dep_4"}
