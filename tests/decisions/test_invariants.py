"""Each invariant of decisions names a violation that is planted for it."""

import pytest
from django.db import connection

from apps.decisions import invariants
from apps.decisions.models import DecisionRun, ProposedAction
from tests.decisions.world import BAR, NOW

pytestmark = pytest.mark.django_db
ALL = (
    invariants.one_run_per_slot,
    invariants.no_look_ahead,
    invariants.records_are_chained,
    invariants.actions_belong_to_completed_runs,
    invariants.finished_means_sealed,
)


@pytest.fixture
def runs(ask):
    """Two sealed runs of one subject."""
    return [ask(), ask(slot_at=NOW + BAR, now=NOW + BAR)]


@pytest.fixture
def unchecked(runs):
    """Check constraints out of the way, so that a violation can be planted at all."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            yield runs
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
            return
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in ("decisions_no_look_ahead", "decisions_finished_means_sealed"):
            cursor.execute(f"ALTER TABLE decisions_decisionrun DROP CONSTRAINT {name}")
        yield runs


def test_all_hold_at_first(runs):
    assert [check() for check in ALL] == [[]] * len(ALL)


def test_i12_a_slot_decided_twice_is_named(runs):
    DecisionRun.objects.filter(pk=runs[0].pk).update(slot_at=runs[1].slot_at, prompt_key="other")
    assert invariants.one_run_per_slot() == [f"acc_one BTC {runs[1].slot_at.isoformat()}"]


def test_i13_look_ahead_is_named(unchecked):
    DecisionRun.objects.filter(pk=unchecked[0].pk).update(context_max_knowable_at=NOW + BAR)
    assert invariants.no_look_ahead() == [unchecked[0].public_id]


@pytest.mark.parametrize(
    "change",
    [
        {"raw_answer": "{}"},
        {"engine": "model"},
        {"prompt_key": "another"},
        {"error_code": "INVALID_OUTPUT"},
        {"record_digest": "0" * 64},
        {"previous_digest": "0" * 64},
        {"sequence": 9},
        {"context": {}, "context_digest": ""},
    ],
)
def test_an_altered_record_is_noticed(runs, change):
    DecisionRun.objects.filter(pk=runs[0].pk).update(**change)
    assert any(runs[0].public_id in line for line in invariants.records_are_chained())


def test_an_altered_context_or_action_is_noticed(runs):
    context = runs[0].context
    context["closes"]["close_micros"][0] += 1
    DecisionRun.objects.filter(pk=runs[0].pk).update(context=context)
    ProposedAction.objects.filter(run=runs[1]).update(reason="nothing to see")
    found = invariants.records_are_chained()
    assert len(found) == 2 and runs[0].public_id in found[0] and runs[1].public_id in found[1]


def test_a_run_taken_out_of_the_chain_is_noticed(runs):
    ProposedAction.objects.filter(run=runs[0]).delete()
    DecisionRun.objects.filter(pk=runs[0].pk).delete()
    assert invariants.records_are_chained() == [f"{runs[1].public_id}: does not follow link 0 of acc_one"]


def test_a_second_trade_and_a_stray_action_are_named(runs):
    ProposedAction.objects.create(
        run=runs[0], index=1, kind="open", symbol="BTC", side=1, notional_micros=1, reason="greed"
    )
    assert invariants.actions_belong_to_completed_runs() == [runs[0].public_id]
    ProposedAction.objects.filter(run=runs[1]).delete()
    assert invariants.actions_belong_to_completed_runs() == [runs[0].public_id, runs[1].public_id]


def test_a_finished_run_without_seal_is_named(unchecked):
    DecisionRun.objects.filter(pk=unchecked[0].pk).update(record_digest="")
    assert invariants.finished_means_sealed() == [unchecked[0].public_id]
