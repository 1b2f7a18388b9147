"""A model that says what it is told to, routes to it, and a clone whose prompt asks it."""

import json
from collections.abc import Callable
from typing import Any

from apps.decisions.adapters.model.port import Asked, Completion, ModelError
from apps.decisions.adapters.model.stub_answer import answer_to
from apps.decisions.engine.routes import Route, Usage
from apps.decisions.types import CallFault

USAGE = Usage(tokens_in=3_000, tokens_cached=1_000, tokens_out=100)
COST = 2_000 * 2 + 1_000 * 1 + 100 * 8
"""What a call of `USAGE` costs by `route()`, in micro-dollars."""


def route(**changes: Any) -> Route:
    """A route at two dollars a million tokens in, one for cached ones, eight out."""
    values: dict[str, Any] = {
        "provider": "first",
        "model": "one",
        "base_url": "http://127.0.0.1:9/v1",
        "key_env": "",
        "price_in": 2_000_000,
        "price_out": 8_000_000,
        "price_cached": 1_000_000,
        "timeout_s": 20,
        "max_tokens": 500,
        "temperature": "0.2",
    }
    return Route(**{**values, **changes})


class Port:
    """Answers each call with the next thing of its script: a text, a function of the messages, or a failure.

    When the script is over it answers by the rules, as the practice provider does.
    """

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.calls: list[tuple[Route, Asked]] = []

    def complete(self, route: Route, asked: Asked) -> Completion:
        """The next line of the script."""
        self.calls.append((route, asked))
        said = self.script.pop(0) if self.script else by_rules
        if isinstance(said, BaseException):
            raise said
        text = said(asked) if callable(said) else said
        return Completion(text, route.model, f"ref-{len(self.calls)}", USAGE)


def by_rules(asked: Asked) -> str:
    """What the rules answer to the prompt."""
    return answer_to([dict(message) for message in asked.messages])


def changed(**changes: Any) -> Callable[[Asked], str]:
    """The rules' answer with parts of its one action, or its echo, changed."""

    def say(asked: Asked) -> str:
        answer = json.loads(by_rules(asked))
        echo = changes.get("echo", answer["echo"])
        (action,) = answer["actions"]
        action.update({name: value for name, value in changes.items() if name != "echo"})
        return json.dumps({**answer, "echo": echo})

    return say


def failure(kind: CallFault, **more: Any) -> ModelError:
    """A call that failed so."""
    return ModelError(kind.label, kind=kind, **more)
