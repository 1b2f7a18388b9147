"""E10: one slot that is scheduled many times is decided once, and one call of a model is paid for."""

import threading
from typing import Any

import pytest
from django.apps import apps as registry
from django.db import connection

from apps.core.errors import DomainError
from apps.operations import clock, identity, queue
from apps.operations.cadence import run_once
from apps.operations.services import relay
from apps.trading.services import cycle, schedule, wakes
from tests.decisions.models.world import COST
from tests.trading import world
from tests.trading.services.test_races import at_once
from tests.trading.services.test_wakes import LATER, SECOND, decided, early, waking_clone
from tests.trading.services.thinking import set_up_model, thinking_clone, while_thinking


def count(model: str, **only: Any) -> int:
    return int(registry.get_model(model).objects.filter(**only).count())


def put_market() -> None:
    world.put_candles()
    world.put_quote(dollars=160)


def paid() -> tuple[int, int, int, int]:
    """Runs, calls of models, what they cost, and proposed actions."""
    calls = registry.get_model("decisions.ModelCall").objects
    cost = sum(calls.values_list("cost_micros", flat=True))
    return count("decisions.DecisionRun"), calls.count(), cost, count("decisions.ProposedAction")


@pytest.fixture
def many(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: SQLite writes one at a time")


@pytest.mark.django_db
def test_e10_a_beat_that_fires_twice_and_a_forced_tick_ask_once(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = set_up_model(settings, monkeypatch)
    put_market()
    account = world.make_account(thinking_clone())
    monkeypatch.setattr("apps.operations.clock.now", lambda: world.NOW)
    for _ in range(2):
        schedule.enqueue_due(now=world.NOW)
    for force in (False, True, True):
        run_once("trading.decide-due-accounts", force=force)
    assert count("operations.OutboxRow", name=schedule.MODEL_TASK) == count("operations.OutboxRow") == 1
    queue.drain()
    cycle.run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=world.NOW, now=world.NOW)
    assert len(port.calls) == 1 and paid() == (1, 1, COST, 1)


@pytest.mark.django_db
def test_e11_work_whose_worker_was_killed_in_a_call_waits_for_the_lease_of_its_run(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: list[Any] = [clock.real_now()]
    monkeypatch.setattr(clock, "real_now", lambda: real[0])
    monkeypatch.setattr(clock, "now", lambda: world.NOW)
    port = set_up_model(settings, monkeypatch, KeyboardInterrupt())
    put_market()
    world.make_account(thinking_clone())
    schedule.enqueue_due(now=world.NOW)
    with pytest.raises(KeyboardInterrupt):
        queue.drain()
    row = registry.get_model("operations.OutboxRow").objects.get()
    until = registry.get_model("decisions.DecisionRun").objects.get().lease_expires_at
    monkeypatch.setattr(identity, "is_gone", lambda owner: True)
    assert relay.reclaim_abandoned(real_now=real[0], limit=10) == 1 and queue.run_row(row.pk)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.next_attempt_at) == ("pending", 2, until)
    assert not queue.run_row(row.pk) and len(port.calls) == 1
    real[0] = until
    assert queue.run_row(row.pk)
    row.refresh_from_db()
    assert (row.status, row.attempts, len(port.calls)) == ("done", 3, 2)
    assert count("decisions.DecisionRun", status="completed") == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_e10_six_schedulers_hand_a_slot_out_once(many: None) -> None:
    put_market()
    world.make_account()
    at_once(lambda: schedule.enqueue_due(now=world.NOW))
    assert count("operations.OutboxRow", name=schedule.CYCLE_TASK) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_e10_six_workers_on_a_slot_pay_for_one_call(
    many: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly = while_thinking(lambda: threading.Event().wait(0.3))
    port = set_up_model(settings, monkeypatch, *[slowly] * 6)
    put_market()
    account = world.make_account(thinking_clone())

    def work() -> bool:
        try:
            cycle.run_account_cycle(
                account_id=account.pk, prompt_key="prompt", slot_at=world.NOW, now=world.NOW
            )
        except queue.NotYet:
            return True
        except DomainError as held:
            return held.retryable
        return True

    assert at_once(work) == [True] * 6
    assert len(port.calls) == 1 and paid() == (1, 1, COST, 1)
    assert work() and len(port.calls) == 1, "and whoever asks again is given the run that is there"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_e10_six_ticks_that_see_one_move_ask_for_one_early_decision(many: None) -> None:
    put_market()
    decided(world.make_account(waking_clone(wake_price_move_bps=300)))
    world.put_quote(dollars=190, at=LATER)
    reports = at_once(lambda: wakes.wake_early(now=LATER + SECOND))
    assert [report.failed for report in reports] == [0] * 6
    assert sum(report.done for report in reports) == 1 == len(early())
    world.put_quote(dollars=200, at=LATER + 2 * SECOND)
    assert wakes.wake_early(now=LATER + 3 * SECOND).done == 0
