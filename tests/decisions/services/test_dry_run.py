"""A dry run asks as a run does, keeps nothing, and counts a model's money to the owner."""

from typing import Any

import pytest

from apps.clones import graph
from apps.decisions.engine.types import EngineUnavailable, RawAnswer
from apps.decisions.models import DecisionRun, ProposedAction
from apps.decisions.services import dry_run
from apps.decisions.services.dry_run import DryDecision, DryQuestion, decide_dry
from apps.decisions.services.models import NotAnswered, Question
from apps.decisions.types import RunCode
from apps.exchange.types import Policy
from apps.market.queries import MarketBoard
from tests.decisions.world import ACCOUNT, NOW, write_market

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def btc() -> None:
    write_market()


def decide(engine: str = "rules", **changes: Any) -> DryDecision:
    strategy = graph.compile(graph.basic(assets=["BTC"], engine=engine, name="Trader"))
    (prompt,) = strategy.enabled_prompts
    given: dict[str, Any] = {
        "strategy": strategy,
        "strength": "light",
        "prompt_key": prompt.key,
        "symbol": "BTC",
        "account": ACCOUNT,
        "policy": Policy(allowed_symbols=("BTC",)),
        "board": MarketBoard(NOW),
        "user": "usr_one",
    }
    return decide_dry(DryQuestion(**{**given, **changes}))


def test_it_decides_as_the_run_of_that_slot_and_leaves_no_run(ask: Any) -> None:
    before = ask()
    counted = (DecisionRun.objects.count(), ProposedAction.objects.count())
    tried = decide()
    assert tried.raw.text == before.raw_answer.replace(before.context_digest[:16], tried.packet.echo)  # type: ignore[union-attr]
    assert tried.slot_at == before.slot_at and tried.context is not None
    assert (DecisionRun.objects.count(), ProposedAction.objects.count()) == counted


def test_a_model_is_asked_without_a_run_on_the_owners_money(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Question] = []

    def answer(question: Question) -> RawAnswer:
        asked.append(question)
        text = f'{{"schema":"decision_v1","echo":"{question.packet.echo}","actions":[]}}'
        return RawAnswer(text, tokens_in_count=900, cost_micros=1_250, model="practice/light")

    monkeypatch.setattr(dry_run, "ask_model", answer)
    tried = decide("model")
    (question,) = asked
    assert (question.user, question.run) == ("usr_one", None) and question.packet.streams is not None
    assert (tried.status, tried.code) == ("failed", RunCode.INVALID_OUTPUT)
    assert (tried.raw.cost_micros, tried.raw.model) == (1_250, "practice/light")


@pytest.mark.parametrize(
    ("code", "status"), [(RunCode.BUDGET_EXCEEDED, "skipped"), (RunCode.PROVIDER_ERROR, "failed")]
)
def test_what_a_failed_question_cost_is_told(
    monkeypatch: pytest.MonkeyPatch, code: RunCode, status: str
) -> None:
    def refuse(question: Question) -> RawAnswer:
        failure = NotAnswered(code, "nobody answered")
        failure.spent = {"cost_micros": 70, "tokens_in_count": 12}
        raise failure

    monkeypatch.setattr(dry_run, "ask_model", refuse)
    tried = decide("model")
    assert (tried.status, tried.code, tried.detail) == (status, code, "nobody answered")
    assert (tried.raw.text, tried.raw.cost_micros, tried.raw.tokens_in_count) == ("", 70, 12)


def test_a_model_that_is_not_set_up_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(question: Question) -> RawAnswer:
        raise EngineUnavailable("no model is set up")

    monkeypatch.setattr(dry_run, "ask_model", absent)
    tried = decide("model")
    assert (tried.status, tried.code) == ("failed", RunCode.ENGINE_UNAVAILABLE) and not tried.actions
