"""A model in place of the network, and a question to it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from apps.decisions.services import asking, models
from apps.decisions.services.propose import propose
from apps.operations import clock
from tests.decisions.models.world import Port, route
from tests.decisions.world import BY, NOW, make_version, stands, write_market

BUDGETS = {"run": 10**9, "user_day": 10**9, "day": 10**9, "all_time": 0}


@pytest.fixture
def routes(settings: Any) -> Callable[..., None]:
    """Sets up routes for a light model, and budgets."""

    def install(*found: Any, **budgets: int) -> None:
        settings.DECISION_MODELS = {"light": found or (route(),)}
        settings.DECISION_BUDGETS = {**BUDGETS, **budgets}
        settings.STRATEGY_ENGINES = ("rules", "noop", "model")

    install()
    return install


class Time:
    """Real time that stands still but for what is slept or passed on purpose."""

    def __init__(self) -> None:
        self.now = clock.real_now()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Let the seconds pass, and remember them."""
        self.slept.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        """Let the seconds pass."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Time:
    """The time of the model's calls."""
    return Time()


@pytest.fixture
def port(routes: Any, time: Time, monkeypatch: pytest.MonkeyPatch) -> Port:
    """The model that every question goes to; its script may be filled."""
    model = Port()
    asked = partial(models.ask_model, port=model, real_clock=lambda: time.now, sleep=time.sleep)
    monkeypatch.setattr(asking, "ask_model", asked)
    return model


@pytest.fixture
def ask(db: None, routes: Any) -> Callable[..., Any]:
    """Decides the slot at NOW by a model; any argument can be given otherwise."""
    write_market()
    version = make_version("Modelled", engine="model")

    def call(**changes: Any) -> Any:
        given: dict[str, Any] = {
            "subject": "acc_one",
            "version": version,
            "prompt_key": "prompt",
            "symbol": "BTC",
            "slot_at": NOW,
            "standing": stands(),
            "now": NOW,
            "by": BY,
        }
        return propose(**{**given, **changes})

    return call
