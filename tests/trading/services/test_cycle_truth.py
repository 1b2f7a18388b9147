"""What a cycle tells an engine that reads the books: the account as it stands, and nothing that it said before."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as registry

from apps.decisions.engine import registry as engines
from apps.decisions.engine.noop import NoopEngine
from apps.decisions.engine.phrasing import write_answer
from apps.decisions.engine.types import ContextPacket, RawAnswer
from apps.exchange.types import ActionKind, Side
from apps.trading import queries
from apps.trading.models import PropAccount
from apps.trading.services import account_state, cycle, execution
from tests.trading import world

pytestmark = pytest.mark.django_db
WORDS = "MY OWN EARLIER WORDS"


class Buying(NoopEngine):
    """Opens a position, says why, and remembers what it was told."""

    reads_streams = True

    def __init__(self) -> None:
        self.told: list[ContextPacket] = []

    def answer(self, context: ContextPacket) -> RawAnswer:
        """Long for a thousand dollars."""
        self.told.append(context)
        size = {"side": Side.LONG, "notional_micros": 1_000 * world.DOLLAR, "leverage": 2}
        return write_answer(context, ActionKind.OPEN, WORDS, **size)  # type: ignore[arg-type]


@pytest.fixture
def account() -> PropAccount:
    """An account whose clone trades BTC."""
    account = world.make_account()
    world.put_candles("BTC")
    world.put_quote("BTC", dollars=160)
    return account


def decide(account: PropAccount, *, minutes: int) -> Any:
    """One cycle and the execution of what it proposed."""
    now = world.NOW + timedelta(minutes=minutes)
    if minutes:
        world.put_quote("BTC", dollars=160, at=now)
    prompt = registry.get_model("clones.StrategyVersion").objects.get().compiled["prompts"][0]["key"]
    cycle.run_account_cycle(account_id=account.pk, prompt_key=prompt, slot_at=now, now=now)
    execution.execute_pending(now=now)
    return registry.get_model("decisions.DecisionRun").objects.order_by("-sequence").first()


def test_the_next_decision_is_told_the_fill_of_the_last_and_none_of_its_words(
    account: PropAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Buying()
    monkeypatch.setitem(engines.ENGINES, "rules", engine)
    decide(account, minutes=0)
    run = decide(account, minutes=5)
    first, second = (packet.truth for packet in engine.told)
    assert first is not None and second is not None
    assert (first.fees_paid_micros, first.fills, first.positions) == (0, (), ())
    assert [fill.cause for fill in second.fills] == ["action"]
    assert second.fees_paid_micros == second.fills[0].fee_micros > 0
    assert second.positions[0].side == 1
    assert WORDS not in json.dumps(run.context)
    assert WORDS in run.raw_answer


def test_the_books_are_those_that_anybody_reads(
    account: PropAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Buying()
    monkeypatch.setitem(engines.ENGINES, "rules", engine)
    decide(account, minutes=0)
    decide(account, minutes=5)
    told = engine.told[1]
    assert told.truth is not None
    fill = queries.list_fills(account).order_by("id").first()
    assert fill is not None
    assert told.truth.fills[0].price_micros == fill.price_micros
    assert told.truth.unrealized_micros == told.account.equity_micros - told.account.cash_micros


def test_nobody_reads_the_books_for_an_engine_of_the_house(
    account: PropAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_state, "account_truth", lambda *given: pytest.fail("the books were read"))
    assert decide(account, minutes=0).status == "completed"
