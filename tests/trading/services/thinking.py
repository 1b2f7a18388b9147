"""Clones that ask a model which says what a test tells it to, and does what a test wants while it thinks."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from apps.clones import services as clone_services
from apps.clones.graph.basic import basic
from apps.decisions.adapters.model.port import Asked
from apps.decisions.services import asking, models
from tests.decisions.models.world import Port, by_rules, route
from tests.trading import world

BUDGETS = {"run": 10**9, "user_day": 10**9, "day": 10**9, "all_time": 0}


def set_up_model(settings: Any, monkeypatch: pytest.MonkeyPatch, *script: Any) -> Port:
    """The model that every clone's question goes to; see `Port` for its script."""
    settings.DECISION_MODELS = {"light": (route(),)}
    settings.DECISION_BUDGETS = BUDGETS
    settings.STRATEGY_ENGINES = ("rules", "noop", "model")
    port = Port(*script)
    monkeypatch.setattr(asking, "ask_model", partial(models.ask_model, port=port))
    return port


def while_thinking(act: Callable[[], Any]) -> Callable[[Asked], str]:
    """An answer by the rules, before which something happens."""

    def say(asked: Asked) -> str:
        act()
        return by_rules(asked)

    return say


def thinking_clone(name: str = "Ada") -> Any:
    """A clone whose one prompt asks the model every five minutes."""
    clone = world.make_clone(name)
    publish(clone, engine="model")
    return clone


def publish(clone: Any, **choices: Any) -> Any:
    """The clone's strategy over BTC published anew."""
    document = basic(assets=["BTC"], **choices)
    clone_services.save_draft(clone=clone, document=document, by=world.BY, now=world.NOW)
    return clone_services.publish(clone=clone, by=world.BY, now=world.NOW)
