"""Two workers of one run: no run is decided by an answer that was not kept, and nobody writes off another's call."""

from datetime import timedelta

import pytest

from apps.decisions.invariants import answers_of_models_were_bought_once, money_of_models_adds_up
from apps.decisions.models import DecisionRun, ModelCall
from apps.decisions.services import asking, claiming, sweep
from apps.decisions.services.model_calls import settle_calls_of, settle_lost_calls
from apps.decisions.types import CallFault, RunHeld, RunStatus
from apps.operations import clock
from tests.decisions.models.world import by_rules, failure
from tests.decisions.world import NOW

pytestmark = pytest.mark.django_db
LATER = timedelta(seconds=120)


def calls():
    return list(ModelCall.objects.order_by("attempt").values_list("status", flat=True))


def holds():
    """Whether the money adds up, and every answer that decided was bought once."""
    return [*answers_of_models_were_bought_once(), *money_of_models_adds_up()] == []


@pytest.mark.parametrize("said", [by_rules, "no idea"])
def test_e09_an_answer_whose_call_was_given_up_decides_nothing_and_is_asked_for_again(ask, port, said):
    def slow(asked):
        settle_lost_calls(real_now=clock.real_now() + LATER)  # what a sweep does first
        return said(asked) if callable(said) else said

    port.script = [slow]
    with pytest.raises(RunHeld):
        ask()
    run = DecisionRun.objects.get()
    assert (run.status, run.raw_answer, calls()) == (RunStatus.RUNNING, "", ["discarded"])
    assert sweep.sweep_stuck_runs(now=NOW, real_now=clock.real_now() + LATER).requeued == 1
    assert ask(real_now=clock.real_now() + LATER).status == RunStatus.COMPLETED
    assert calls() == ["discarded", "taken"] and holds()


def test_e09_a_refused_answer_that_is_no_longer_wanted_is_not_kept(ask, port):
    def overtaken(asked):
        DecisionRun.objects.update(lease_epoch=9)
        raise failure(CallFault.FILTERED)

    port.script = ["no idea", overtaken]
    with pytest.raises(RunHeld):
        ask()
    assert DecisionRun.objects.get().raw_answer == "" and calls() == ["refused", "failed"]


def test_e09_a_worker_that_was_overtaken_writes_off_no_call_of_its_successor(ask, port):
    def meanwhile(asked):
        overtaken = DecisionRun.objects.get()
        overtaken.lease_epoch -= 1
        settle_calls_of(overtaken, real_now=clock.real_now())
        return by_rules(asked)

    port.script = [meanwhile]
    run = ask()
    assert (run.status, calls()) == (RunStatus.COMPLETED, ["taken"]) and holds()


def test_a_sweep_takes_no_run_from_who_claimed_it_after_the_sweep_had_read_it(ask, port, monkeypatch):
    port.script = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        ask()
    settle = sweep._settle

    def claimed_anew(run, now):
        DecisionRun.objects.update(lease_epoch=2, lease_expires_at=clock.real_now() + 2 * LATER)
        return settle(run, now)

    monkeypatch.setattr(sweep, "_settle", claimed_anew)
    assert sweep.sweep_stuck_runs(now=NOW, real_now=clock.real_now() + LATER).requeued == 0
    assert DecisionRun.objects.get().status == RunStatus.RUNNING


def test_e09_an_answer_that_came_between_reading_a_queued_run_and_claiming_it_is_not_bought_again(
    ask, port, monkeypatch
):
    port.script = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        ask()
    back_in_the_queue()
    claim = claiming._claim

    def after_another(run, real_now):
        monkeypatch.setattr(claiming, "_claim", claim)
        with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
            killed.setattr(asking, "reach", vanish)
            ask()
        back_in_the_queue()
        return claim(run, real_now)

    monkeypatch.setattr(claiming, "_claim", after_another)
    assert ask().status == RunStatus.COMPLETED
    assert len(port.calls) == 2 and calls() == ["lost", "taken"] and holds()


def vanish(point):
    """A worker that is killed once its answer is kept."""
    if point == "decisions.after-answer":
        raise KeyboardInterrupt


def back_in_the_queue():
    """The run as a sweep leaves it whose worker vanished."""
    settle_lost_calls(real_now=clock.real_now(), force=True)
    DecisionRun.objects.update(status=RunStatus.QUEUED, lease_expires_at=None)
