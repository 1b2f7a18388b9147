"""Every pair of states of a table: allowed moves happen, all others are refused and change nothing."""

import itertools
from datetime import UTC, datetime

import pytest

from apps.core import states
from apps.core.errors import IllegalTransition
from apps.operations.models import OutboxRow
from apps.operations.types import OUTBOX_TRANSITIONS, OutboxStatus

AT = datetime(2026, 1, 1, tzinfo=UTC)
PAIRS = list(itertools.product(OutboxStatus.values, repeat=2))


def row(status: str) -> OutboxRow:
    return OutboxRow.objects.create(name="a.b", status=status, created_at=AT, next_attempt_at=AT)


def test_the_table_names_every_state() -> None:
    assert set(OUTBOX_TRANSITIONS) == set(OutboxStatus)


@pytest.mark.django_db
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_pair(source: str, target: str) -> None:
    item = row(source)
    if target in OUTBOX_TRANSITIONS[source]:
        states.advance(item, to=target, table=OUTBOX_TRANSITIONS, last_error="why")
        assert (item.status, item.last_error) == (target, "why")
        item.refresh_from_db()
        assert (item.status, item.last_error) == (target, "why")
    else:
        with pytest.raises(IllegalTransition) as refusal:
            states.advance(item, to=target, table=OUTBOX_TRANSITIONS, last_error="why")
        assert refusal.value.status == 409
        item.refresh_from_db()
        assert (item.status, item.last_error) == (source, "")


@pytest.mark.django_db
def test_a_stale_copy_cannot_move_what_another_moved() -> None:
    item = row(OutboxStatus.PENDING)
    stale = OutboxRow.objects.get(pk=item.pk)
    states.advance(item, to=OutboxStatus.RUNNING, table=OUTBOX_TRANSITIONS)
    with pytest.raises(IllegalTransition, match="is running and cannot become running"):
        states.advance(stale, to=OutboxStatus.RUNNING, table=OUTBOX_TRANSITIONS)


@pytest.mark.django_db
def test_a_row_that_is_gone_is_a_state_changed() -> None:
    item = row(OutboxStatus.PENDING)
    OutboxRow.objects.all().delete()
    with pytest.raises(IllegalTransition, match="gone"):
        states.advance(item, to=OutboxStatus.RUNNING, table=OUTBOX_TRANSITIONS)
