"""The invariants of models name what is planted for them, and nothing before."""

import pytest

from apps.decisions.invariants import answers_of_models_were_bought_once, money_of_models_adds_up
from apps.decisions.models import DecisionRun, ModelCall, ModelSpend
from apps.decisions.types import CallFault
from tests.decisions.models.world import failure

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(ask, port):
    """A run that was tried twice, beside one that failed."""
    port.script = [failure(CallFault.TIMEOUT)]
    ask(subject="acc_two")
    port.script = ["no idea", "no idea either"]
    ask(subject="acc_three")
    run = ask()
    assert money_of_models_adds_up() == [] == answers_of_models_were_bought_once()
    return run


@pytest.mark.parametrize("name", ["reserved_micros", "spent_micros", "calls_count"])
def test_a_budget_that_is_off_is_named(run, name):
    row = ModelSpend.objects.get(scope="user")
    ModelSpend.objects.filter(pk=row.pk).update(**{name: getattr(row, name) + 7})
    assert money_of_models_adds_up() == [f"user {row.key} {row.date}: {name} is off by 7"]


def test_a_call_that_no_budget_counts_is_named(run):
    ModelCall.objects.filter(run=run).update(user="usr_other")
    named = money_of_models_adds_up()
    assert len(named) == 4 and all(line.startswith("user usr_") for line in named)


def test_an_answer_that_nobody_sold_is_named(run):
    ModelCall.objects.filter(run=run).update(status="refused")
    assert answers_of_models_were_bought_once() == [run.public_id]


def test_an_answer_that_is_not_the_one_that_was_sold_is_named(run):
    DecisionRun.objects.filter(pk=run.pk).update(answer_digest="0" * 64)
    assert answers_of_models_were_bought_once() == [run.public_id]
