"""Due slots, pending actions and listings."""

from datetime import timedelta

import pytest

from apps.clones import graph
from apps.core.errors import NotFound
from apps.decisions import queries
from apps.decisions.models import DecisionRun
from apps.decisions.types import DueSlot
from tests.decisions.world import BAR, NOW

COMPILED = graph.compile(graph.basic(assets=["BTC", "ETH"]))
MINUTE = timedelta(minutes=1)


def test_only_the_newest_slot_is_due():
    day_later = NOW + timedelta(days=1, minutes=2)
    due = queries.due_slots(COMPILED, opened_at=NOW, now=day_later)
    assert due == [
        DueSlot("prompt", "BTC", day_later - 2 * MINUTE),
        DueSlot("prompt", "ETH", day_later - 2 * MINUTE),
    ]


def test_a_slot_from_before_the_opening_is_not_due():
    assert queries.due_slots(COMPILED, opened_at=NOW + MINUTE, now=NOW + 2 * MINUTE) == []
    assert len(queries.due_slots(COMPILED, opened_at=NOW + MINUTE, now=NOW + BAR)) == 2


def test_another_cadence_moves_the_slots():
    (first, _) = queries.due_slots(
        COMPILED, opened_at=NOW, now=NOW + 29 * MINUTE, cadence=timedelta(minutes=15)
    )
    assert first.slot_at == NOW + 15 * MINUTE


@pytest.mark.django_db
def test_a_decided_slot_is_no_longer_due(ask):
    ask()
    due = queries.due_slots(COMPILED, opened_at=NOW, now=NOW, subject="acc_one")
    assert [slot.symbol for slot in due] == ["ETH"]
    assert len(queries.due_slots(COMPILED, opened_at=NOW, now=NOW, subject="acc_two")) == 2


@pytest.mark.django_db
def test_pending_actions_come_in_order_after_the_one_already_seen(ask):
    runs = [ask(), ask(slot_at=NOW + BAR, now=NOW + BAR), ask(slot_at=NOW - 99 * BAR, now=NOW - 99 * BAR)]
    pending = list(queries.pending_actions())
    assert [action.run.pk for action in pending] == [runs[0].pk, runs[1].pk]
    assert list(queries.pending_actions(after_id=pending[0].pk)) == pending[1:]


@pytest.mark.django_db
def test_listings_follow_subject_and_clone(ask, version):
    run = ask()
    ask(subject="acc_two")
    assert queries.list_runs(subjects=["acc_one"]).get() == run
    assert queries.list_runs(clone_public_id=version.clone.public_id, symbol="BTC").count() == 2
    assert queries.list_runs(clone_public_id="cln_nobody").count() == 0
    assert queries.get_run(run.public_id) == run
    assert queries.find_run(subject="acc_one", prompt_key="prompt", symbol="BTC", slot_at=NOW) == run
    assert queries.count_runs()["completed"] == DecisionRun.objects.count() == 2
    with pytest.raises(NotFound):
        queries.get_run("run_nobody")
