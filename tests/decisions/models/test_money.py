"""What models may cost: every budget holds before a call, alone and under a crowd, and a kill switch stops the next one."""

from datetime import timedelta

import pytest
from django.db import transaction

from apps.core.errors import IllegalTransition, InvalidInput
from apps.decisions.engine.document import from_document
from apps.decisions.models import DecisionRun, ModelCall, ModelHalt, ModelSpend
from apps.decisions.services import model_halts, models, spend
from apps.decisions.types import CallFault, RunStatus
from apps.operations import clock
from apps.operations.models import AuditEvent
from tests.decisions.models.world import COST, failure, route
from tests.decisions.world import BY, NOW

pytestmark = pytest.mark.django_db


def most(port):
    """What one call may cost, as the last one reserved it."""
    return ModelCall.objects.latest("pk").reserved_micros


@pytest.mark.parametrize("budget", ["run", "user_day", "day", "all_time"])
def test_e15_a_spent_budget_skips_the_run_before_the_call(ask, port, routes, budget):
    ask()
    routes(**{budget: COST + most(port) - 1 if budget != "run" else most(port) - 1})
    run = ask(subject="acc_two")
    assert (run.status, run.error_code) == (RunStatus.SKIPPED, "BUDGET_EXCEEDED")
    assert budget in run.error_detail and run.cost_micros == 0
    assert len(port.calls) == 1 and ModelCall.objects.count() == 1
    assert set(ModelSpend.objects.values_list("reserved_micros", "spent_micros")) == {(0, COST)}


def test_e15_a_budget_that_ends_between_two_calls_ends_the_run(ask, port, routes, time):
    ask()
    routes(day=COST + most(port) + 1)
    port.script = [failure(CallFault.TIMEOUT)]
    run = ask(subject="acc_two")
    assert (run.status, run.error_code) == (RunStatus.SKIPPED, "BUDGET_EXCEEDED")
    assert run.cost_micros == most(port) and len(port.calls) == 2


def test_e15_a_repair_costs_no_more_than_a_run_may(ask, port, routes):
    ask()
    routes(run=most(port) + COST - 1)
    port.script = ["no idea"]
    run = ask(subject="acc_two")
    assert (run.error_code, run.raw_answer, len(port.calls)) == ("INVALID_OUTPUT", "no idea", 2)


def test_e15_a_dry_run_costs_no_more_than_a_run_may(ask, port, routes, time):
    """Its calls are no run's, and are counted together all the same."""
    ask()
    packet = from_document(DecisionRun.objects.get().context)
    port.calls.clear()
    routes(run=most(port) + COST - 1)
    port.script = ["no idea"]
    said = models.ask_model(
        models.Question(packet, "usr_dry"), port=port, real_clock=lambda: time.now, sleep=time.sleep
    )
    assert (said.text, len(port.calls), said.cost_micros) == ("no idea", 1, COST)
    routes(run=2 * most(port) + COST)
    port.script = ["no idea"]
    models.ask_model(models.Question(packet, "usr_dry"), port=port, real_clock=lambda: time.now)
    assert len(port.calls) == 3, "with room for a second call it is asked to repair its answer"


def test_a_dry_run_is_given_less_time_than_a_run(ask, port, time):
    ask()
    packet = from_document(DecisionRun.objects.get().context)
    port.calls.clear()

    def slow(asked):
        time.pass_by(asked.timeout_s)
        raise failure(CallFault.TIMEOUT)

    port.script = [slow] * 5
    question = models.Question(packet, "usr_dry", longest=timedelta(seconds=7))
    with pytest.raises(models.NotAnswered):
        models.ask_model(question, port=port, real_clock=lambda: time.now, sleep=time.sleep)
    assert [asked.timeout_s for _, asked in port.calls] == [7.0]


def test_days_and_users_have_budgets_of_their_own(routes):
    routes(user_day=10, day=15)
    today = clock.real_now()

    def take(user):
        with transaction.atomic():
            spend.reserve(user=user, amount_micros=10, real_now=today)

    take("usr_a")
    with pytest.raises(spend.BudgetExceeded, match="user_day"), transaction.atomic():
        spend.reserve(user="usr_a", amount_micros=1, real_now=today)
    with pytest.raises(spend.BudgetExceeded, match="the budget day"):
        take("usr_b")
    assert sorted(ModelSpend.objects.values_list("reserved_micros", flat=True)) == [10, 10, 10]


def halt(**changes):
    values = {"scope": "everything", "reason": "a bad model", "by": BY, "now": NOW}
    return model_halts.set_model_halt(**{**values, **changes})


def test_a_kill_switch_stops_the_next_call_and_its_lifting_frees_it(ask, port):
    stopped = halt()
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.SKIPPED, "MODEL_HALTED")
    assert "a bad model" in run.error_detail and port.calls == []
    assert not ModelCall.objects.exists() and not ModelSpend.objects.filter(reserved_micros__gt=0).exists()
    model_halts.lift_model_halt(halt=stopped, reason="it is well", by=BY, now=NOW)
    assert ask(subject="acc_two").status == RunStatus.COMPLETED
    verbs = AuditEvent.objects.filter(verb__startswith="decisions.").values_list("verb", "reason")
    assert list(verbs.order_by("id")) == [
        ("decisions.model-halt.set", "a bad model"),
        ("decisions.model-halt.lifted", "it is well"),
    ]


def test_a_halted_provider_gives_way_to_the_next_route(ask, port, routes):
    routes(route(), route(provider="second", model="two"))
    halt(scope="provider", provider="first")
    assert ask().model == "second/two"


def test_a_switch_is_set_once_and_lifted_once_over_what_there_is(routes):
    stopped = halt(scope="provider", provider="first")
    with pytest.raises(model_halts.AlreadyHalted):
        halt(scope="provider", provider="first")
    for wrong in (
        {"scope": "planet"},
        {"scope": "provider", "provider": "nobody"},
        {"provider": "first"},
        {"reason": " "},
    ):
        with pytest.raises(InvalidInput):
            halt(**wrong)
    with pytest.raises(InvalidInput):
        model_halts.lift_model_halt(halt=stopped, reason=" ", by=BY, now=NOW)
    model_halts.lift_model_halt(halt=stopped, reason="well again", by=BY, now=NOW)
    with pytest.raises(IllegalTransition):
        model_halts.lift_model_halt(halt=stopped, reason="well again", by=BY, now=NOW)
    assert halt(scope="provider", provider="first").pk != stopped.pk and ModelHalt.objects.count() == 2
