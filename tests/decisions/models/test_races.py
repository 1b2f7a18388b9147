"""Many workers on one budget, and a kill switch among them: PostgreSQL shows what SQLite hides."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction

from apps.decisions.invariants import answers_of_models_were_bought_once, money_of_models_adds_up
from apps.decisions.models import DecisionRun, ModelCall, ModelSpend
from apps.decisions.services import claiming, model_calls, model_halts, spend
from apps.decisions.types import CallStatus, DueSlot, RunHeld
from apps.operations import clock
from tests.contenders import RACE, crowd, together
from tests.decisions.models.world import route
from tests.decisions.world import BY, NOW, make_version

pytestmark = RACE
USERS = ("usr_a", "usr_b", "usr_c")


def begin(user):
    """Claim a call of a dry run; whether there was money."""
    claim = model_calls.Claim(user, None)
    try:
        return model_calls.begin_call(
            claim, route(), request=b"x" * 300, is_repair=False, timeout_s=1.0, real_now=clock.real_now()
        )
    except (spend.BudgetExceeded, model_calls.Halted):
        return None


def test_e15_a_crowd_that_asks_together_never_passes_a_budget(routes):
    one = route().most_micros(300)
    routes(day=10 * one + one // 2, user_day=6 * one)
    made = crowd(15, lambda number: begin(USERS[number % 3]))
    assert sum(call is not None for call in made) == 10 == ModelCall.objects.count()
    rows = dict(ModelSpend.objects.filter(date__isnull=False).values_list("key", "reserved_micros"))
    assert rows[""] == 10 * one == sum(rows[user] for user in USERS) and max(rows.values()) <= 10 * one


def test_e15_reservations_and_settlements_that_cross_leave_nothing_behind(routes):
    def live(number):
        call = begin(USERS[number % 3])
        ending = model_calls.Ending(model_calls.CallStatus.FAILED, cost_micros=7, ended_at=clock.real_now())
        return model_calls.end_call(call, ending)

    crowd(12, live)
    assert set(ModelSpend.objects.values_list("reserved_micros", flat=True)) == {0}
    assert ModelSpend.objects.get(date__isnull=True).spent_micros == 12 * 7


def test_no_call_begins_after_a_kill_switch_was_set(routes):
    begin("usr_a")
    holding, may_end = threading.Event(), threading.Event()

    def reserve_slowly():
        with transaction.atomic():
            spend.reserve(user="usr_a", amount_micros=1, real_now=clock.real_now())
            holding.set()
            may_end.wait(1)

    def halt():
        holding.wait(5)
        threading.Timer(0.3, may_end.set).start()
        model_halts.set_model_halt(scope="everything", reason="stop it", by=BY, now=NOW)
        assert may_end.is_set()
        return begin("usr_b")

    assert together(reserve_slowly, halt)[1] is None
    assert ModelCall.objects.count() == 1


def claim(version, *, real_now):
    """The run of the slot at NOW under a lease of this worker; None where another has it."""
    claimed, _ = claiming.claim_runs(
        subject="acc_one",
        version=version,
        slots=[DueSlot("prompt", "BTC", NOW)],
        now=NOW,
        real_now=real_now,
        by=BY,
    )
    return next(iter(claimed.values()), None)


def buy(run, *, real_now):
    return model_calls.begin_call(
        model_calls.Claim("usr_a", run),
        route(),
        request=b"x" * 300,
        is_repair=False,
        timeout_s=1.0,
        real_now=real_now,
    )


def answer(call, text):
    ending = model_calls.Ending(CallStatus.TAKEN, cost_micros=7, ended_at=clock.real_now(), text=text)
    return model_calls.end_call(call, ending, keep={"raw_answer": text})


@pytest.mark.parametrize("trial", range(8))
def test_e09_of_two_workers_of_a_run_one_answer_is_kept_and_both_know_whose(routes, trial):
    version = make_version("Modelled", engine="model")
    begun = clock.real_now()
    first = claim(version, real_now=begun)
    call = buy(first, real_now=begun)
    later = begun + timedelta(minutes=2)
    both = threading.Barrier(2)

    def overtake():
        second = claim(version, real_now=later)
        if trial % 2:
            both.wait(5)
        model_calls.settle_calls_of(second, real_now=later)
        return answer(buy(second, real_now=later), "second")

    def come_late():
        if trial % 2:
            both.wait(5)
        model_calls.settle_calls_of(first, real_now=later)
        return answer(call, "first")

    became = dict(zip(("second", "first"), together(overtake, come_late), strict=True))
    assert sorted(became.values()) == [CallStatus.DISCARDED, CallStatus.TAKEN]
    assert DecisionRun.objects.get().raw_answer == next(
        text for text, status in became.items() if status == CallStatus.TAKEN
    )
    assert set(ModelSpend.objects.values_list("reserved_micros", "spent_micros")) == {(0, 14)}
    assert [*answers_of_models_were_bought_once(), *money_of_models_adds_up()] == []


def test_e09_a_worker_without_the_lease_buys_nothing(routes):
    version = make_version("Modelled", engine="model")
    begun = clock.real_now()
    first = claim(version, real_now=begun)
    later = begun + timedelta(minutes=2)

    def takes(number):
        run = claim(version, real_now=later)
        return run and run.lease_epoch

    assert sorted(crowd(6, takes), key=str) == [2, *[None] * 5]
    with pytest.raises(RunHeld):
        buy(first, real_now=later)
    assert not ModelCall.objects.exists() and not ModelSpend.objects.filter(reserved_micros__gt=0).exists()
