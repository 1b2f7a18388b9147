"""H17: the tables of states are data, and every pair of states is tried on rows: moved, or refused with nothing changed."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import models

from apps.competition.models import PromotionEntry, RefundAuthorisation
from apps.competition.types import (
    AUDITION_TRANSITIONS,
    ENTRY_TRANSITIONS,
    REFUND_DECISIONS,
    AuditionStatus,
    EntryStatus,
    RefundDecision,
)
from apps.core import states
from apps.core.errors import IllegalTransition
from tests.competition import trials
from tests.competition.trials import NOW

pytestmark = pytest.mark.django_db
ALLOWED = {
    ("running", "passed"),
    ("running", "failed"),
    ("running", "voided"),
    ("waiting", "admitted"),
    ("waiting", "removed"),
    ("waiting", "authorised"),
    ("waiting", "denied"),
}
"""Written out once more, so that a change of a table is a change of this page too."""


def pairs(known: type[models.TextChoices]) -> list[Any]:
    return [
        pytest.param(known(start), known(to), id=f"{start}-{to}")
        for start in known.values
        for to in known.values
    ]


def tried(row: models.Model, start: str, to: str, table: Mapping[str, Any], **fields: Any) -> None:
    """Try the move; it must do as the table says, and a refused one must leave the row as it was."""
    rows = type(row)._base_manager.filter(pk=row.pk)
    before = rows.values().get()
    if (str(start), str(to)) in ALLOWED:
        states.advance(row, to=to, table=table, **fields)
        assert rows.values_list("status", flat=True).get() == to
        return
    with pytest.raises(IllegalTransition) as refused:
        states.advance(row, to=to, table=table, **fields)
    assert (refused.value.status, refused.value.code) == (409, "STATE_CHANGED")
    assert rows.values().get() == before


@pytest.mark.parametrize(("start", "to"), pairs(AuditionStatus))
def test_h17_auditions(start: AuditionStatus, to: AuditionStatus) -> None:
    audition = trials.begun()
    if start != AuditionStatus.RUNNING:
        type(audition).objects.filter(pk=audition.pk).update(status=start, result_at=NOW)
        audition.refresh_from_db()
    tried(audition, start, to, AUDITION_TRANSITIONS, result_at=NOW)


@pytest.mark.parametrize(("start", "to"), pairs(EntryStatus))
def test_h17_places_in_the_queue(start: EntryStatus, to: EntryStatus) -> None:
    audition = trials.begun()
    entry = PromotionEntry.objects.create(
        sequence=1, clone=audition.clone, audition=audition, status=start, waiting_since=NOW
    )
    tried(entry, start, to, ENTRY_TRANSITIONS, decided_at=NOW)


@pytest.mark.parametrize(("start", "to"), pairs(RefundDecision))
def test_h17_refunds(start: RefundDecision, to: RefundDecision) -> None:
    audition = trials.begun()
    asker, other = trials.person("olga"), trials.person("otto")
    refund = RefundAuthorisation.objects.create(
        entitlement=audition.entitlement,
        audition=audition,
        reason="wrong prices",
        status=start,
        asked_by=asker,
        asked_at=NOW,
        decided_by=None if start == RefundDecision.WAITING else other,
    )
    tried(refund, start, to, REFUND_DECISIONS, decided_by=other, decided_at=NOW)


@pytest.mark.parametrize(
    ("known", "table"),
    [
        (AuditionStatus, AUDITION_TRANSITIONS),
        (EntryStatus, ENTRY_TRANSITIONS),
        (RefundDecision, REFUND_DECISIONS),
    ],
)
def test_h17_a_table_knows_every_state(
    known: type[models.TextChoices], table: Mapping[str, frozenset[str]]
) -> None:
    assert set(table) == set(known.values)
    assert set().union(*table.values()) <= set(known.values)
