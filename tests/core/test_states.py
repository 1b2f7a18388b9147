"""Every pair of states of a table: allowed moves happen, all others are refused and change nothing."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

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


@pytest.mark.django_db
def test_many_move_in_one_statement_each_to_a_state_of_its_own() -> None:
    first, second = row("running"), row("running")
    first.status, first.last_error = "done", "none"
    second.status, second.last_error = "dead", "why"
    states.advance_each([first, second], source="running", table=OUTBOX_TRANSITIONS, columns=["last_error"])
    found = OutboxRow.objects.order_by("pk").values_list("status", "last_error")
    assert list(found) == [("done", "none"), ("dead", "why")]


@pytest.mark.django_db
def test_one_of_many_that_left_its_state_undoes_them_all() -> None:
    first, second = row("running"), row("running")
    OutboxRow.objects.filter(pk=second.pk).update(status="dead")
    first.status = second.status = "done"
    with pytest.raises(IllegalTransition), transaction.atomic():
        states.advance_each([first, second], source="running", table=OUTBOX_TRANSITIONS, columns=[])
    assert sorted(OutboxRow.objects.values_list("status", flat=True)) == ["dead", "running"]


@pytest.mark.django_db
def test_many_may_go_only_where_the_table_lets_them(django_assert_num_queries: Any) -> None:
    gone = row("done")
    gone.status = "pending"
    with pytest.raises(IllegalTransition), django_assert_num_queries(0):
        states.advance_each([gone], source="done", table=OUTBOX_TRANSITIONS, columns=[])
