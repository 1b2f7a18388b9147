"""A provider that fails: what is tried again, what goes to another route, what it costs, and when it is left in peace."""

from datetime import timedelta

import pytest
from django.apps import apps as registry
from django.core.cache import cache

from apps.core.breaker import forget, guarded
from apps.core.errors import AdapterError, IllegalTransition
from apps.core.states import advance
from apps.decisions.engine.routes import Usage
from apps.decisions.models import DecisionRun, ModelCall, ModelSpend
from apps.decisions.services import early
from apps.decisions.services.model_rounds import breaker_name
from apps.decisions.services.putting_back import AskLater
from apps.decisions.services.sweep import sweep_stuck_runs
from apps.decisions.services.verify import broken_chains
from apps.decisions.types import CALL_TRANSITIONS, CallFault, CallStatus, RunStatus, SweepOutcome, WakeCause
from tests.decisions.models.world import COST, by_rules, failure, route
from tests.decisions.world import BAR, BY, DOLLAR, NOW, make_version, write_candle, write_quote

pytestmark = pytest.mark.django_db
TRIED_AGAIN = ("timeout", "unavailable", "cut", "malformed")
ENDS_IT = ("refused", "filtered", "length")
ANOTHER_ROUTE = ("auth", "quota", "retired_model")


def reserved():
    return ModelCall.objects.latest("pk").reserved_micros


@pytest.mark.parametrize("kind", TRIED_AGAIN)
def test_e08_what_fails_for_a_moment_is_tried_again_twice(ask, port, time, kind):
    port.script = [failure(CallFault(kind)) for _ in range(3)]
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "PROVIDER_ERROR")
    assert len(port.calls) == 3 and len(time.slept) == 2
    assert time.slept[0] < time.slept[1] and sum(time.slept) < 10
    assert {call.fault for call in ModelCall.objects.all()} == {kind}
    assert CallFault(kind).label in run.error_detail and run.actions.count() == 0
    assert run.slot_ends_at == NOW + 2 * BAR and run.sequence == 1 and list(broken_chains()) == []


@pytest.mark.parametrize("kind", TRIED_AGAIN)
def test_e08_a_second_try_decides(ask, port, time, kind):
    port.script = [failure(CallFault(kind))]
    run = ask()
    assert run.status == RunStatus.COMPLETED and len(port.calls) == 2
    assert [call.status for call in ModelCall.objects.order_by("attempt")] == ["failed", "taken"]


@pytest.mark.parametrize("kind", ENDS_IT)
def test_e08_what_the_model_will_not_say_ends_the_run_and_is_paid(ask, port, kind):
    port.script = [failure(CallFault(kind), usage=Usage(1_000, 0, 50), text="half an answ")]
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "PROVIDER_ERROR")
    assert len(port.calls) == 1 and run.cost_micros == 1_000 * 2 + 50 * 8
    (call,) = ModelCall.objects.all()
    assert (call.status, call.fault, call.response) == ("failed", kind, "half an answ")


@pytest.mark.parametrize("kind", ANOTHER_ROUTE)
def test_e08_a_route_that_can_serve_nobody_gives_way_to_the_next(ask, port, routes, kind):
    routes(route(), route(provider="second", model="two"))
    port.script = [failure(CallFault(kind))]
    run = ask()
    assert (run.status, run.model) == (RunStatus.COMPLETED, "second/two")
    assert [asked.provider for asked, _ in port.calls] == ["first", "second"]
    alone = [failure(CallFault(kind))]
    port.script = alone
    routes(route())
    assert ask(subject="acc_two").error_code == "PROVIDER_ERROR"


def test_e08_slow_down_puts_the_run_back_within_its_slot_and_nobody_waits(ask, port, time):
    port.script = [failure(CallFault.RATE_LIMITED, retry_after=45.0)]
    with pytest.raises(AskLater) as put_back:
        ask()
    assert timedelta(seconds=44) < put_back.value.not_before - time.now < timedelta(seconds=46)
    run = DecisionRun.objects.get()
    assert (run.status, run.lease_expires_at, len(port.calls), time.slept) == (RunStatus.QUEUED, None, 1, [])
    with pytest.raises(AskLater):
        ask()
    assert len(port.calls) == 1, "whoever comes too early asks nobody"
    forget(breaker_name("first"))
    run = ask()
    assert (run.status, run.lease_epoch, run.cost_micros) == (RunStatus.COMPLETED, 3, COST)
    assert [call.status for call in ModelCall.objects.order_by("attempt")] == ["failed", "taken"]


def test_e08_a_wait_beyond_the_slot_or_one_too_many_ends_the_run(ask, port, time):
    port.script = [failure(CallFault.RATE_LIMITED, retry_after=300.0)]
    later = NOW + timedelta(seconds=20)
    run = ask(now=later)
    assert (run.status, run.error_code) == (RunStatus.FAILED, "PROVIDER_ERROR")
    assert CallFault.RATE_LIMITED.label in run.error_detail
    assert (ask(subject="acc_two", now=later).error_code, len(port.calls)) == ("BREAKER_OPEN", 1)
    forget(breaker_name("first"))
    port.script = [failure(CallFault.RATE_LIMITED, retry_after=9.0)]
    for _ in range(2):
        with pytest.raises(AskLater):
            ask(subject="acc_three")
    run = ask(subject="acc_three")
    assert (run.status, run.error_code, len(port.calls)) == (RunStatus.SKIPPED, "BREAKER_OPEN", 2)
    assert time.slept == [] and list(broken_chains()) == []


@pytest.mark.parametrize("kind", ENDS_IT)
def test_what_the_model_will_not_say_ends_the_run_though_another_has_the_provider_left_in_peace(
    ask, port, kind
):
    def meanwhile(asked):
        leave_in_peace()
        raise failure(CallFault(kind), usage=Usage(1_000, 0, 50))

    port.script = [meanwhile]
    run = ask()
    assert (run.status, run.error_code, len(port.calls)) == (RunStatus.FAILED, "PROVIDER_ERROR", 1)


def leave_in_peace():
    """What another worker's question makes of the provider."""

    def refuse():
        raise failure(CallFault.RATE_LIMITED, retry_after=5.0)

    with pytest.raises(AdapterError):
        guarded(breaker_name("first"), refuse)


def test_e08_the_time_that_the_asking_took_counts_towards_the_end_of_the_slot(ask, port, time):
    def slowly(asked):
        time.pass_by(15)
        raise failure(CallFault.RATE_LIMITED, retry_after=250.0)

    port.script = [slowly, slowly]
    with pytest.raises(AskLater):
        ask(subject="acc_one", now=NOW + timedelta(seconds=20))
    forget(breaker_name("first"))
    run = ask(subject="acc_two", now=NOW + timedelta(seconds=40))
    assert (run.status, run.error_code, len(port.calls)) == (RunStatus.FAILED, "PROVIDER_ERROR", 2)


def test_e08_an_early_decision_is_not_put_back_beyond_its_own_slot(ask, port):
    version = make_version("Early", engine="model")
    early.ask_early(
        subject="acc_one",
        version=version,
        prompt_key="prompt",
        engine="model",
        symbol="BTC",
        slot_at=NOW,
        cause=WakeCause.PRICE_MOVE,
        now=NOW,
        by=BY,
    )
    DecisionRun.objects.update(slot_ends_at=NOW + timedelta(seconds=30))
    port.script = [failure(CallFault.RATE_LIMITED, retry_after=45.0)]
    run = ask(version=version)
    assert (run.status, run.error_code, len(port.calls)) == (RunStatus.FAILED, "PROVIDER_ERROR", 1)


def test_a_sweep_meets_no_run_that_waits_for_its_provider_under_a_lease(ask, port, time):
    port.script = [failure(CallFault.RATE_LIMITED, retry_after=45.0)]
    with pytest.raises(AskLater):
        ask(real_now=time.now)
    time.pass_by(120)
    assert sweep_stuck_runs(now=NOW, real_now=time.now) == SweepOutcome(0, 0, 0)


def test_e08_no_call_begins_that_could_not_end_in_time(ask, port, time):
    def slow(asked):
        time.pass_by(asked.timeout_s)
        raise failure(CallFault.TIMEOUT)

    port.script = [slow] * 3
    run = ask()
    assert run.error_code == "PROVIDER_ERROR"
    assert sum(asked.timeout_s for _, asked in port.calls) + sum(time.slept) <= 60.1


def test_what_may_have_been_bought_counts_as_bought_and_what_was_refused_is_free(ask, port, time):
    port.script = [failure(CallFault.TIMEOUT), failure(CallFault.UNAVAILABLE)]
    run = ask()
    first, second, third = ModelCall.objects.order_by("attempt")
    assert first.cost_micros == first.reserved_micros > 0 == second.cost_micros
    assert run.cost_micros == first.reserved_micros + COST == first.cost_micros + third.cost_micros
    assert set(ModelSpend.objects.values_list("reserved_micros", "spent_micros")) == {(0, run.cost_micros)}


def test_a_provider_in_trouble_is_left_in_peace_and_the_next_route_serves(ask, port, time, routes):
    port.script = [failure(CallFault.UNAVAILABLE) for _ in range(6)]
    assert ask(subject="acc_0").error_code == "PROVIDER_ERROR"
    with pytest.raises(AskLater):
        ask(subject="acc_1")
    assert len(port.calls) == 5
    routes(route(), route(provider="second", model="two"))
    port.script = []
    run = ask(subject="acc_9")
    assert run.model == "second/two" and len(port.calls) == 6
    assert ModelCall.objects.filter(run=run).count() == 1


def test_e21_a_provider_that_is_down_for_a_day_costs_little_and_leaves_no_burst_behind(ask, port):
    port.script = [failure(CallFault.UNAVAILABLE) for _ in range(500)]
    for hour in range(24):
        at = NOW + timedelta(hours=hour + 1)
        write_price(at)
        assert patiently(ask, slot_at=at, now=at).error_code in {"PROVIDER_ERROR", "BREAKER_OPEN"}
    assert len(port.calls) <= 24 * 3
    assert ModelSpend.objects.filter(spent_micros__gt=0).count() == 0
    before = len(port.calls)
    port.script = []
    forget(breaker_name("first"))
    at = NOW + timedelta(hours=25)
    write_price(at)
    assert ask(slot_at=at, now=at).status == RunStatus.COMPLETED
    assert len(port.calls) == before + 1 and DecisionRun.objects.count() == 25


def patiently(ask, **changes):
    """The run as it ends, however often it is put back."""
    for _ in range(2):
        try:
            return ask(**changes)
        except AskLater:
            continue
    return ask(**changes)


def write_price(at):
    """The price of a later moment."""
    btc = registry.get_model("market.Asset").objects.get(symbol="BTC")
    write_candle(btc, close_at=at, price_micros=100 * DOLLAR)
    write_quote(btc, at=at, price_micros=100 * DOLLAR)


def test_e09_the_late_answer_of_an_overtaken_worker_is_kept_and_changes_nothing(ask, port, time):
    def overtaken(asked):
        time.pass_by(90)
        sweep_stuck_runs(now=NOW, real_now=time.now)
        ask(real_now=time.now)
        return by_rules(asked)

    port.script = [overtaken]
    run = ask(real_now=time.now)
    assert len(port.calls) == 2 and run.lease_epoch == 2 and run.sequence == 1
    late, taken = ModelCall.objects.order_by("attempt")
    assert (late.status, taken.status) == (CallStatus.DISCARDED, CallStatus.TAKEN)
    assert late.response and late.cost_micros == COST
    assert run.raw_answer == taken.response
    assert set(ModelSpend.objects.values_list("reserved_micros", "spent_micros")) == {(0, 2 * COST)}
    assert DecisionRun.objects.count() == 1 and list(broken_chains()) == []


def test_e09_a_sweep_leaves_a_call_alone_while_it_may_still_be_answered(ask, port, time):
    def slowly(asked):
        time.pass_by(asked.timeout_s)
        assert sweep_stuck_runs(now=NOW, real_now=time.now).requeued == 0
        return by_rules(asked)

    port.script = [slowly]
    assert ask(real_now=time.now).status == RunStatus.COMPLETED
    assert ModelCall.objects.get().status == CallStatus.TAKEN


def test_a_call_whose_worker_vanished_counts_as_bought_and_the_run_asks_again(ask, port, time):
    port.script = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        ask(real_now=time.now)
    call = ModelCall.objects.get()
    assert (call.status, ModelSpend.objects.first().reserved_micros) == ("pending", call.reserved_micros)
    time.pass_by(120)
    assert sweep_stuck_runs(now=NOW, real_now=time.now).requeued == 1
    call.refresh_from_db()
    assert (call.status, call.cost_micros) == (CallStatus.LOST, call.reserved_micros)
    run = ask(real_now=time.now)
    assert (run.status, run.cost_micros) == (RunStatus.COMPLETED, call.reserved_micros + COST)
    assert set(ModelSpend.objects.values_list("reserved_micros", "spent_micros")) == {(0, run.cost_micros)}


def test_workers_that_vanish_again_and_again_do_not_buy_again_and_again(ask, port, time):
    port.script = [KeyboardInterrupt() for _ in range(9)]
    for _ in range(9):
        try:
            ask(real_now=time.now)
        except KeyboardInterrupt:
            time.pass_by(120)
            sweep_stuck_runs(now=NOW, real_now=time.now)
    assert len(port.calls) <= 3 and DecisionRun.objects.get().error_code == "LEASE_EXPIRED"


@pytest.mark.parametrize("source", CallStatus.values)
@pytest.mark.parametrize("target", CallStatus.values)
def test_calls_end_along_the_published_table(ask, port, source, target):
    ask()
    call = ModelCall.objects.get()
    ModelCall.objects.update(status=source)
    if target in CALL_TRANSITIONS[source]:
        assert advance(call, to=target, table=CALL_TRANSITIONS).status == target
    else:
        with pytest.raises(IllegalTransition):
            advance(call, to=target, table=CALL_TRANSITIONS)


def test_who_meets_the_trial_of_another_comes_back_after_it_and_not_at_once(ask, port, time):
    opened_long_ago = 1.0
    cache.set("breaker:model:first", (5, 1, opened_long_ago), 60)
    cache.add(f"breaker:model:first:trial:1:{opened_long_ago:.3f}", 1, 60)
    with pytest.raises(AskLater) as put_back:
        ask()
    assert put_back.value.not_before >= time.now + timedelta(seconds=1) and port.calls == []
