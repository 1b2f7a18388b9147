"""Accounts whose decisions a model makes about two assets, and what is booked while it thinks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps as registry

from apps.clones import services as clone_services
from apps.clones.graph.basic import basic
from apps.decisions import queries as decisions
from apps.decisions.adapters.model.port import Asked
from apps.decisions.services import asking, models
from apps.market.queries import MarketBoard
from apps.operations import clock
from apps.trading.models import PropAccount
from apps.trading.services import cycle, execution
from apps.trading.services.reexecution import Reexecution, StepStatus, reexecute, reexecute_account
from tests.decisions.models.world import Port, by_rules
from tests.trading import world
from tests.trading.services.thinking import set_up_model

STEP = timedelta(minutes=5)
COINS = ("BTC", "ETH")
THOUGHT = timedelta(seconds=20)


class SlowModel:
    """Answers by the rules after so much time; what happens meanwhile is given by its turn, from 1 on."""

    def __init__(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch, *, thought: timedelta = THOUGHT
    ) -> None:
        self.now, self.thought, self.turns = clock.real_now(), thought, 0
        self.meanwhile: dict[int, Callable[[], Any]] = {}
        set_up_model(settings, monkeypatch)
        asked = partial(models.ask_model, port=Port(*[self._say] * 100), real_clock=lambda: self.now)
        monkeypatch.setattr(asking, "ask_model", asked)

    def next(self, act: Callable[[], Any]) -> None:
        """Let this happen while it thinks about the next question."""
        self.meanwhile[self.turns + 1] = act

    def _say(self, asked: Asked) -> str:
        self.turns += 1
        self.meanwhile.pop(self.turns, lambda: None)()
        self.now += self.thought
        return by_rules(asked)


def put_prices(at: datetime, dollars: int) -> None:
    """A price of each coin, and the candle that closed with it."""
    for place, coin in enumerate(COINS):
        world.put_quote(coin, dollars=dollars + place, at=at, rate_e10=125_000)
        world.put_candles(coin, end=at, count=1, first=dollars + place)


def make_account(engine: str = "model", **policy: Any) -> PropAccount:
    """An account that decides about both coins every five minutes, after an hour of rising prices."""
    for coin in COINS:
        world.put_candles(coin, end=world.NOW - STEP)
    clone = world.make_clone()
    document = basic(assets=list(COINS), engine=engine)
    clone_services.save_draft(clone=clone, document=document, by=world.BY, now=world.NOW)
    clone_services.publish(clone=clone, by=world.BY, now=world.NOW)
    return world.make_account(clone, **policy)


def decide(account: PropAccount, at: datetime, *, board: MarketBoard | None = None) -> list[Any]:
    """One slot of both coins; its runs in the order in which they were sealed."""
    cycle.decide_prompts(account_id=account.pk, prompts={"prompt": at}, board=board or MarketBoard(at))
    rows = registry.get_model("decisions.DecisionRun").objects.filter(slot_at=at, prompt_key="prompt")
    runs = rows.order_by("sequence")
    assert [run.status for run in runs] == ["completed"] * len(COINS), [run.error_detail for run in runs]
    return list(runs)


def traded(account: PropAccount, slots: int) -> datetime:
    """Decide and execute so many slots of moving prices; returns the next one."""
    for place in range(slots):
        at = world.NOW + place * STEP
        put_prices(at, (160, 164, 150, 141, 171, 180)[place % 6])
        decide(account, at)
        execution.execute_pending(now=at + timedelta(seconds=50))
    return world.NOW + slots * STEP


def asked_again(account: PropAccount, now: datetime) -> list[Reexecution]:
    """Every decision of the account executed again, once each action has its verdict."""
    execution.execute_pending(now=now)
    account.refresh_from_db()
    return list(reexecute_account(account, now=now))


def assert_identical(found: list[Reexecution]) -> None:
    """Each came out as it was, with nothing that could not be asked."""
    for each in found:
        first = each.first_difference or each.first_unavailable
        assert first is None, (each.run, first.name, first.where, first.expected, first.found, first.sentence)


def step(run: Any, name: str, now: datetime) -> Any:
    """One step of a run executed again by itself."""
    found = reexecute(decisions.get_bare_run(run.public_id), now=now)
    return next(one for one in found.steps if one.name == name)


DIFFERENT, IDENTICAL = StepStatus.DIFFERENT, StepStatus.IDENTICAL
