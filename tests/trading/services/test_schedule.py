"""Due decisions are handed out once, the newest slot only, and run to proposals."""

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.apps import apps as registry

from apps.core import breaker
from apps.core.errors import AdapterError, AdapterFault, DomainError
from apps.decisions.engine import registry as engines
from apps.decisions.engine.noop import NoopEngine
from apps.decisions.engine.types import ContextPacket, RawAnswer
from apps.decisions.services.model_rounds import breaker_name
from apps.decisions.services.models import LONGEST_SECONDS
from apps.operations import clock, queue
from apps.trading import tasks
from apps.trading.models import PropAccount
from apps.trading.services import cycle, execution, schedule
from tests.decisions.models.world import route
from tests.trading import world

pytestmark = pytest.mark.django_db


def rows() -> list[Any]:
    """The queued cycles."""
    model = registry.get_model("operations.OutboxRow")
    return list(model.objects.filter(name=schedule.CYCLE_TASK).order_by("pk"))


def test_a_fresh_account_is_handed_its_current_slot_once() -> None:
    account = world.make_account()
    assert schedule.enqueue_due(now=world.NOW).done == 1
    assert schedule.enqueue_due(now=world.NOW + timedelta(seconds=5)).seen == 0
    (row,) = rows()
    assert row.args["account_id"] == account.pk
    assert row.args["slot_at"] == world.NOW.isoformat()
    account.refresh_from_db()
    assert account.next_decision_at == world.NOW + 5 * world.MINUTE


def test_missed_slots_are_skipped() -> None:
    world.make_account()
    schedule.enqueue_due(now=world.NOW)
    late = world.NOW + 63 * world.MINUTE
    assert schedule.enqueue_due(now=late).done == 1
    assert [row.args["slot_at"] for row in rows()][-1] == (world.NOW + 60 * world.MINUTE).isoformat()


def test_a_racing_scan_hands_out_nothing_twice() -> None:
    account = world.make_account()
    stale = PropAccount.objects.select_related("clone").get(pk=account.pk)
    schedule.enqueue_due(now=world.NOW)
    assert schedule.enqueue_account(account=stale, now=world.NOW) == 0
    assert len(rows()) == 1


def test_paused_accounts_are_left_alone() -> None:
    account = world.make_account()
    PropAccount.objects.filter(pk=account.pk).update(status="paused")
    assert schedule.enqueue_due(now=world.NOW).seen == 0


def test_an_account_that_may_only_reduce_still_decides() -> None:
    account = world.make_account()
    PropAccount.objects.filter(pk=account.pk).update(status="reduce_only")
    assert schedule.enqueue_due(now=world.NOW).done == 1


def test_the_scan_is_bounded() -> None:
    clone = world.make_clone()
    for _ in range(3):
        world.make_account(clone)
    assert schedule.enqueue_due(now=world.NOW, limit=2).seen == 2
    assert schedule.enqueue_due(now=world.NOW, limit=2).seen == 1


def test_from_due_to_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    world.put_candles()
    world.put_quote(dollars=160)
    account = world.make_account()
    schedule.enqueue_due(now=world.NOW)
    monkeypatch.setattr("apps.operations.clock.now", lambda: world.NOW)
    queue.drain()
    (run,) = registry.get_model("decisions.DecisionRun").objects.all()
    assert (run.status, run.subject) == ("completed", account.public_id)
    assert execution.execute_pending(now=world.NOW).done == 1
    account.refresh_from_db()
    assert account.executed_count == 1


def test_a_repeated_cycle_proposes_nothing_new() -> None:
    world.put_candles()
    world.put_quote(dollars=160)
    account = world.make_account()
    prompt = registry.get_model("clones.StrategyVersion").objects.get().compiled["prompts"][0]["key"]
    for _ in range(2):
        cycle.run_account_cycle(account_id=account.pk, prompt_key=prompt, slot_at=world.NOW, now=world.NOW)
    assert registry.get_model("decisions.ProposedAction").objects.count() == 1


def test_one_asset_failing_is_reported_after_the_others_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    account = world.make_account(world.make_clone(assets=("BTC", "ETH")))
    for symbol in ("BTC", "ETH"):
        world.put_candles(symbol)
        world.put_quote(symbol, dollars=160)

    class Failing(NoopEngine):
        """Holds ETH and knows nothing of BTC."""

        def answer(self, context: ContextPacket) -> RawAnswer:
            if context.symbol == "BTC":
                raise RuntimeError("boom")
            return super().answer(context)

    monkeypatch.setitem(engines.ENGINES, "rules", Failing())
    prompt = registry.get_model("clones.StrategyVersion").objects.get().compiled["prompts"][0]["key"]
    with pytest.raises(DomainError, match="BTC: RuntimeError: boom"):
        cycle.run_account_cycle(account_id=account.pk, prompt_key=prompt, slot_at=world.NOW, now=world.NOW)
    runs = registry.get_model("decisions.DecisionRun").objects
    assert dict(runs.values_list("symbol", "status")) == {"BTC": "running", "ETH": "completed"}


@pytest.fixture
def modelled(settings: Any) -> PropAccount:
    """An account whose prompt asks a model about two assets."""
    settings.STRATEGY_ENGINES = ("rules", "noop", "model")
    return world.make_account(world.make_clone(assets=("BTC", "ETH"), engine="model"))


def test_e21_what_a_model_decides_waits_in_a_line_of_its_own_one_asset_a_row(
    modelled: PropAccount, settings: Any
) -> None:
    assert schedule.enqueue_due(now=world.NOW).done == 1
    assert rows() == []
    found = registry.get_model("operations.OutboxRow").objects.order_by("pk")
    assert [(row.name, row.args["symbol"]) for row in found] == [
        (schedule.MODEL_TASK, "BTC"),
        (schedule.MODEL_TASK, "ETH"),
    ]
    router = current_app.amqp.router
    assert router.route({}, schedule.MODEL_TASK)["queue"].name == "models"
    assert router.route({}, schedule.CYCLE_TASK)["queue"].name == "celery"
    assert (queue._claim(found[0]), queue._claim(found[1])) == (True, True)
    patience = timedelta(seconds=LONGEST_SECONDS)
    assert all(row.lease_until - clock.real_now() > patience for row in found.all())


def test_a_model_that_was_published_after_its_slot_was_handed_out_is_handed_on(modelled: PropAccount) -> None:
    tasks.run_account_cycle(account_id=modelled.pk, prompt_key="prompt", slot_at=world.NOW.isoformat())
    tasks.run_account_cycle(account_id=modelled.pk, prompt_key="prompt", slot_at=world.NOW.isoformat())
    found = registry.get_model("operations.OutboxRow").objects.order_by("pk")
    assert [row.args["symbol"] for row in found] == ["BTC", "ETH"]
    assert not registry.get_model("decisions.DecisionRun").objects.exists()


def test_e21_a_decision_whose_provider_is_left_in_peace_goes_back_until_it_is_not(
    modelled: PropAccount, settings: Any
) -> None:
    settings.DECISION_MODELS = {"light": (route(),)}
    for symbol in ("BTC", "ETH"):
        world.put_candles(symbol)
        world.put_quote(symbol, dollars=160)
    clock.set_anchor(real_now=clock.real_now(), market_at=world.NOW, speed=1)
    schedule.enqueue_due(now=world.NOW)

    def refuse() -> None:
        raise AdapterError("slow down", transient=True, fault=AdapterFault.RATE_LIMITED, retry_after=45.0)

    with pytest.raises(AdapterError):
        breaker.guarded(breaker_name("first"), refuse)
    assert queue.drain() == 2
    found = registry.get_model("operations.OutboxRow").objects.order_by("pk")
    waits = [row.next_attempt_at - clock.real_now() for row in found]
    assert [row.status for row in found] == ["pending"] * 2
    assert all(timedelta(seconds=30) < wait < timedelta(seconds=46) for wait in waits)
    runs = registry.get_model("decisions.DecisionRun").objects
    assert set(runs.values_list("status", "lease_expires_at")) == {("queued", None)}
