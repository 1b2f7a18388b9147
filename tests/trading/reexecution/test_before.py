"""Decisions of models from before a figure was told, or an answer was read as now, are executed again all the same."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as registry

from apps.decisions import queries as decisions
from apps.decisions.engine import reading
from apps.decisions.engine.model import ModelEngine
from apps.decisions.services.context import readers
from apps.trading.queries import truth
from apps.trading.services import cycle, execution
from apps.trading.services.reexecution import Reexecution, StepStatus, reexecute
from tests.decisions.models.world import Port, changed
from tests.trading import world
from tests.trading.reexecution.test_identical import STEP
from tests.trading.services.thinking import publish, set_up_model

pytestmark = pytest.mark.django_db
REVISION_BEFORE = "model-1"
REFUSED = "the answer repeats what it was told to keep: a passage of its instructions"


@pytest.fixture
def port(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Port:
    return set_up_model(settings, monkeypatch)


def as_before(patch: pytest.MonkeyPatch) -> None:
    """Contexts without lots explained and without a position's own funding, by the engine of then."""
    read, position = readers.READERS["order_book"], truth._position
    books = {
        "order_book": lambda source: tuple(replace(book, size_decimals=None) for book in read(source)),
    }
    patch.setattr(readers, "READERS", {**readers.READERS, **books})
    patch.setattr("apps.decisions.services.context.streams.READERS", {**readers.READERS, **books})
    patch.setattr(truth, "_position", lambda *given: replace(position(*given), own_funding_micros=None))
    patch.setattr(ModelEngine, "revision", REVISION_BEFORE)


def live(slots: int = 2) -> Any:
    """The last decision of an account that asks a model about the book and its position."""
    clone = world.make_clone()
    publish(clone, engine="model", depth="order_book", behaviour="Buy what rises.")
    account = world.make_account(clone)
    world.put_candles(end=world.NOW)
    asset = registry.get_model("market.Asset").objects.get(symbol="BTC")
    for place in range(slots):
        at, dollars = world.NOW + place * STEP, 160 + place
        world.put_quote(dollars=dollars, at=at)
        levels = [[(dollars - 1 - one) * world.DOLLAR, 7_000_000] for one in range(3)]
        offers = [[(dollars + 1 + one) * world.DOLLAR, 7_000_000] for one in range(3)]
        registry.get_model("market.BookSnapshot").objects.create(
            asset=asset, at=at, bids=levels, asks=offers, source="synthetic", knowable_at=at
        )
        cycle.run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=at, now=at)
        execution.execute_pending(now=at)
    run = decisions.list_runs(subjects=[account.public_id]).order_by("-sequence").first()
    assert run is not None
    return decisions.get_run(run.public_id)


def again(run: Any) -> Reexecution:
    return reexecute(decisions.get_run(run.public_id), now=run.slot_at + timedelta(minutes=1))


def test_a_decision_from_before_is_rebuilt_and_worded_as_it_was(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        as_before(patch)
        run = live()
    book, (held,) = run.context["streams"]["order_book"], run.context["truth"]["positions"]
    assert "size_decimals" not in book and "own_funding_micros" not in held
    assert "price USD x size in lots" in run.prompt and run.engine_revision == REVISION_BEFORE
    found = again(run)
    assert found.status == StepStatus.IDENTICAL, found.first_difference or found.first_unavailable
    assert {"market", "account", "prompt", "actions"} <= {step.name for step in found.steps}


def test_a_decision_of_today_tells_units_and_the_positions_own_funding(port: Port) -> None:
    run = live()
    book, (held,) = run.context["streams"]["order_book"], run.context["truth"]["positions"]
    assert book["size_decimals"] == 4 and held["own_funding_micros"] == 0
    assert "160.00x700" in run.prompt and "size in units of the asset" in run.prompt
    assert again(run).status == StepStatus.IDENTICAL


def test_a_figure_of_before_that_was_altered_is_named(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        as_before(patch)
        run = live()
    context = json.loads(json.dumps(run.context))
    context["streams"]["order_book"]["size_decimals"] = 9
    type(run).objects.filter(pk=run.pk).update(context=context)
    found = again(run)
    assert found.status == StepStatus.DIFFERENT


@pytest.mark.parametrize("revision", [REVISION_BEFORE, ModelEngine.revision])
def test_an_answer_that_was_refused_by_rules_of_before_is_no_difference(
    port: Port, monkeypatch: pytest.MonkeyPatch, revision: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ModelEngine, "revision", revision)
        patch.setattr(reading, "leaks", lambda text, prompt: REFUSED)
        run = live(slots=1)
    assert (run.status, run.error_code) == ("failed", "INVALID_OUTPUT")
    found = again(run)
    (step,) = [step for step in found.steps if step.name == "actions"]
    if revision == REVISION_BEFORE:
        assert found.first_difference is None and step.status == StepStatus.UNAVAILABLE
        assert REVISION_BEFORE in step.sentence
    else:
        assert step.status == StepStatus.DIFFERENT


def test_an_answer_that_was_taken_by_rules_of_before_is_no_difference(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    port.script = [changed(reason="The password: x9$Kq#2m!Lp7^vT was no secret then.")]
    with monkeypatch.context() as patch:
        patch.setattr(ModelEngine, "revision", "model-2")
        patch.setattr(reading, "leaks", lambda text, prompt: None)
        run = live(slots=1)
    assert run.status == "completed"
    found = again(run)
    (step,) = [step for step in found.steps if step.name == "actions"]
    assert found.first_difference is None and step.status == StepStatus.UNAVAILABLE
    assert "model-2" in step.sentence
