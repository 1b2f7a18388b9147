"""E02, E04, E16, E20: what a decision is worth is said in the transaction that would book it, not before."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as registry
from django.db import IntegrityError, transaction

from apps.clones import services as clone_services
from apps.operations.types import Actor
from apps.trading.models import ActionVerdict, Order, Position
from apps.trading.services import accounts, cycle, execution, schedule
from tests.trading import world
from tests.trading.services.thinking import publish, set_up_model, thinking_clone, while_thinking

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
OPERATOR = Actor.system("tests.operator")


def verdict_of(action: Any, *, now: Any = world.NOW) -> tuple[str, str]:
    verdict = execution.execute_action(action=action, now=now)
    assert verdict is not None
    return verdict.status, verdict.reason_code


def moderate(account: Any, to: str) -> None:
    clone_services.moderate_clone(
        clone=account.clone, to=to, reason="named after a bank", by=OPERATOR, now=world.NOW
    )


def pause(account: Any) -> None:
    accounts.pause_account(account=account, reason="a look at it", by=OPERATOR, now=world.NOW)


MEANWHILE: dict[str, tuple[Callable[[Any], Any], tuple[str, str]]] = {
    "paused": (pause, ("denied", "ACCOUNT_NOT_TRADABLE")),
    "retired": (lambda account: moderate(account, "retired"), ("denied", "CLONE_RETIRED")),
    "hidden": (lambda account: moderate(account, "hidden"), ("executed", "")),
    "published": (lambda account: publish(account.clone, strategy="breakout"), ("executed", "")),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_e16_what_happens_while_the_model_thinks_counts_at_the_gate(
    what: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put_candles()
    world.put_quote(dollars=160)
    act, expected = MEANWHILE[what]
    port = set_up_model(settings, monkeypatch)
    account = world.make_account(thinking_clone())
    port.script = [while_thinking(lambda: act(account))]
    cycle.run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=world.NOW, now=world.NOW)
    run = registry.get_model("decisions.DecisionRun").objects.get()
    assert (run.status, run.version.number) == ("completed", 2), "it ends with what it began with"
    assert verdict_of(run.actions.get()) == expected
    assert Order.objects.exists() is (expected[0] == "executed")


def test_e16_a_retired_clone_is_asked_no_more(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put_candles()
    world.put_quote(dollars=160)
    port = set_up_model(settings, monkeypatch)
    account = world.make_account(thinking_clone())
    schedule.enqueue_due(now=world.NOW)
    moderate(account, "retired")
    cycle.run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=world.NOW, now=world.NOW)
    schedule.enqueue_due(now=world.NOW + 5 * world.MINUTE)
    assert registry.get_model("operations.OutboxRow").objects.filter(name=schedule.MODEL_TASK).count() == 1
    assert port.calls == [] and not registry.get_model("decisions.DecisionRun").objects.exists()


@pytest.mark.parametrize(("symbol", "code"), [("SOL", "ASSET_NOT_ALLOWED"), ("ВТС", "ASSET_UNKNOWN")])
def test_e02_an_asset_that_is_not_the_accounts_is_denied_at_the_gate_too(symbol: str, code: str) -> None:
    world.put_quote(dollars=100)
    world.put_quote("SOL", dollars=20)
    action = world.propose_action(world.make_account(), symbol=symbol)
    assert verdict_of(action) == ("denied", code)


def test_e02_a_delisted_asset_is_left_and_not_entered() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    assert verdict_of(world.propose_action(account)) == ("executed", "")
    registry.get_model("market.Asset").objects.update(is_delisted=True)
    assert verdict_of(world.propose_action(account)) == ("denied", "ASSET_DELISTED")
    assert verdict_of(world.propose_action(account, "close", side=None)) == ("executed", "")


CONTRADICTIONS = [
    ("close", {"side": None}, False, "NO_POSITION"),
    ("reduce", {"side": None, "size_lots": 5_000}, False, "NO_POSITION"),
    ("flip", {"side": -1, "size_lots": 10_000}, False, "NO_POSITION"),
    ("set_stop", {"side": None, "stop_micros": 90 * world.DOLLAR}, False, "NO_POSITION"),
    ("set_target", {"side": None, "target_micros": 110 * world.DOLLAR}, False, "NO_POSITION"),
    ("open", {"side": -1, "size_lots": 10_000}, True, "OPPOSITE_POSITION"),
    ("flip", {"side": 1, "size_lots": 10_000}, True, "FLIP_SAME_SIDE"),
]


@pytest.mark.parametrize(("kind", "fields", "is_long", "code"), CONTRADICTIONS)
def test_e04_an_action_that_contradicts_the_position_is_denied_and_changes_nothing(
    kind: str, fields: dict[str, Any], is_long: bool, code: str
) -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    if is_long:
        assert verdict_of(world.propose_action(account, size_lots=10_000)) == ("executed", "")
    before = list(Position.objects.values_list("symbol", "size_lots", "cost_micros"))
    assert verdict_of(world.propose_action(account, kind, **fields)) == ("denied", code)
    assert list(Position.objects.values_list("symbol", "size_lots", "cost_micros")) == before
    assert Order.objects.count() == int(is_long)


def test_e04_reversing_is_one_order_with_the_leaving_fill_first() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    verdict_of(world.propose_action(account, size_lots=10_000))
    assert verdict_of(world.propose_action(account, "flip", side=-1, size_lots=4_000)) == ("executed", "")
    order = Order.objects.latest("id")
    assert [fill.size_lots for fill in order.fills.order_by("index")] == [10_000, 4_000]
    assert Position.objects.get().size_lots == -4_000
    assert verdict_of(world.propose_action(account, "reduce", side=None, size_lots=400_000)) == (
        "executed",
        "",
    )
    assert Order.objects.latest("id").size_lots == 4_000, "and never through zero"
    assert Position.objects.get().size_lots == 0


def test_e04_no_action_has_a_negative_size() -> None:
    account = world.make_account()
    with pytest.raises(IntegrityError), transaction.atomic():
        world.propose_action(account, size_lots=-10_000)


def test_e20_1418_trades_of_one_model_pass_the_rate_gate_so_many_a_window_and_may_always_leave() -> None:
    most, trades, hours = 10, 1_418, 24
    account = world.make_account(max_actions_per_window=most, window_ms=3_600_000)
    for hour in range(hours):
        now = world.NOW + hour * (HOUR + world.MINUTE)
        world.put_quote(dollars=100, at=now)
        for _ in range(trades // hours + (hour < trades % hours)):
            world.propose_action(account, size_lots=1_000, now=now)
        execution.execute_pending(now=now)
    told = ActionVerdict.objects.values_list("status", "reason_code")
    assert (told.count(), told.filter(status="executed").count()) == (trades, most * hours)
    assert set(told.filter(status="denied")) == {("denied", "TOO_MANY_ACTIONS")}
    assert Order.objects.count() == most * hours
    assert verdict_of(world.propose_action(account, "close", side=None, now=now), now=now) == ("executed", "")
