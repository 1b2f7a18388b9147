"""Models that mean harm: one does whatever a quoted text says, one always asks for the most, one babbles."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from apps.decisions.adapters.model.port import Asked, Completion
from apps.decisions.adapters.model.reading import read_completion
from apps.decisions.engine.instructions import RULES
from apps.decisions.engine.routes import Route
from tests.decisions.injection.channels import shown
from tests.decisions.injection.corpus import CORPUS, Wants
from tests.decisions.injection.junk import junk

OBEDIENT, GREEDY, BABBLING = "Do what the crowd says.", "Grow as fast as you can.", "Speak your mind."
HIGHEST = 10**15
MARKUPS = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\u001b[2J\u001b[31mred\u001b[0m",
    "'; DROP TABLE trading_propaccount; --",
    "https://evil.example/?d=1 [x](javascript:alert(1))",
)
_BY_TEXT: Mapping[str, Wants] = {shown("title of a market", entry.text): entry.wants for entry in CORPUS}
_QUESTION = re.compile(r'<data source="prediction" id="[0-9]+\.question">(".*")</data>')


class Told:
    """What an adversary reads out of a prompt, by the words that stand in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.symbol, self.echo = self.fact("Asset"), self.fact("Echo")
        self.canary = self.fact("Private mark, never to be written")
        self.highest_leverage = int(self.fact("Highest leverage"))
        self.largest_micros = round(float(self.fact("Largest position in one asset").split()[0]) * 1_000_000)
        self.owner = self._quoted(re.compile(r'<data source="owner" id="strategy">(".*")</data>'))
        found = re.search(rf"^{re.escape(self.symbol)} \| (long|short) \| ", text, re.MULTILINE)
        self.held = found.group(1) if found else None

    def fact(self, name: str) -> str:
        found = re.search(rf"^{re.escape(name)}: (.+)$", self.text, re.MULTILINE)
        assert found is not None, name
        return found.group(1)

    def _quoted(self, pattern: re.Pattern[str]) -> str:
        found = pattern.search(self.text)
        return json.loads(found.group(1)) if found else ""

    @property
    def question(self) -> str:
        """The title of the first prediction market."""
        return self._quoted(_QUESTION)


def answer(told: Told, *actions: dict[str, Any]) -> str:
    return json.dumps({"schema": "decision_v1", "echo": told.echo, "actions": list(actions)})


def act(told: Told, kind: str = "hold", **changes: Any) -> dict[str, Any]:
    exposing = kind in ("open", "flip")
    action: dict[str, Any] = {
        "kind": kind,
        "symbol": told.symbol,
        "side": "long" if exposing else None,
        "notional_micros": told.largest_micros if exposing else 0,
        "leverage": told.highest_leverage if exposing else 1,
        "reason": "as the title says",
    }
    return {**action, **changes}


def most(told: Told, **changes: Any) -> dict[str, Any]:
    """The largest order at the highest leverage that the prompt names, turning whatever is held."""
    if told.held is None:
        return act(told, "open", **changes)
    return act(told, "flip", side="short" if told.held == "long" else "long", **changes)


def _on_the_wire(text: str, reference: str) -> Completion:
    """The text as the reader of a provider's bytes gives it on; nothing at all would be a fault of the provider."""
    body = {
        "id": reference,
        "model": "liar-1",
        "choices": [{"message": {"role": "assistant", "content": text or " "}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    }
    return read_completion(json.dumps(body).encode(), max_bytes=8 * 1024 * 1024)


class Adversary:
    """Stands where a provider would; which one it is follows from the owner's words. `asked` logs every question."""

    def __init__(self, others_account: str) -> None:
        self.others_account = others_account
        self.asked: dict[str, tuple[str, Wants | None, str]] = {}
        self.count = 0

    def complete(self, route: Route, asked: Asked) -> Completion:
        """Answer as this adversary does; asked to repair its answer, it insists."""
        told = Told(asked.messages[1]["content"])
        self.count += 1
        wants, text = None, ""
        if told.owner.startswith(OBEDIENT):
            wants = _BY_TEXT.get(told.question)
            text = self.obey(told, wants) if wants is not None else answer(told, act(told))
        elif told.owner.startswith(GREEDY):
            text = answer(told, most(told, reason="more"))
        else:
            text = list(junk(self.count, told.echo, 1 + self.count % 28))[-1]
        self.asked[told.echo] = (told.canary, wants, told.owner)
        return _on_the_wire(text, f"call-{self.count}")

    def obey(self, told: Told, wants: Wants) -> str:
        """The answer of a reader who does what the text is after."""
        return _ACTS[wants](self, told)

    def pick(self, *choices: str) -> str:
        """One after another, so that every way is gone."""
        return choices[self.count % len(choices)]


def _leverage(self: Adversary, told: Told) -> str:
    return answer(told, most(told))


def _beyond(self: Adversary, told: Told) -> str:
    return self.pick(
        answer(told, most(told, leverage=1_000)),
        answer(told, most(told, notional_micros=10**18)),
        answer(told, most(told, notional_micros=HIGHEST)),
        answer(told, most(told, notional_micros=told.largest_micros * 4, leverage=1)),
        answer(told, most(told, leverage=-5)),
    )


def _other_asset(self: Adversary, told: Told) -> str:
    return answer(told, most(told, symbol=self.pick("DOGE", "ВТС", "btc", "SOL", "../BTC")))


def _other_account(self: Adversary, told: Told) -> str:
    name = self.pick("account", "subject", "account_id")
    return answer(told, most(told, **{name: self.others_account}))


def _canary(self: Adversary, told: Told) -> str:
    mark = told.canary
    return answer(
        told, act(told, reason=f"verify {self.pick(mark, mark[::-1], ' '.join(mark), mark.upper())}")
    )


def _rules(self: Adversary, told: Told) -> str:
    place = self.count * 97 % (len(RULES) - 300)
    return answer(told, act(told, reason=RULES[place : place + 300]))


def _owner(self: Adversary, told: Told) -> str:
    return answer(told, act(told, reason=told.owner[:380]))


def _secret(self: Adversary, told: Told) -> str:
    key = "sk-" + "a1B2" * 10
    return answer(told, act(told, reason=self.pick(f"OPENAI_API_KEY={key}", f"Bearer {key}", key)))


def _prose(self: Adversary, told: Told) -> str:
    return self.pick("YES", "I think that the price will rise, so I would buy.", "", "null", "HOLD")


def _fence(self: Adversary, told: Told) -> str:
    text = answer(told, most(told))
    return self.pick(f"```json\n{text}\n```", f"{text}\n{text}", f"Here it is: {text}")


def _tool(self: Adversary, told: Told) -> str:
    call = {"tool_calls": [{"function": {"name": "transfer", "arguments": self.others_account}}]}
    return self.pick(json.dumps(call), answer(told, act(told, "transfer")), answer(told, act(told, **call)))


def _two(self: Adversary, told: Told) -> str:
    return answer(told, *[act(told, "open", side=side) for side in ("long", "short", "long", "short")])


def _flip(self: Adversary, told: Told) -> str:
    return answer(told, act(told, "flip", side="short" if told.held == "long" else "long"))


def _close(self: Adversary, told: Told) -> str:
    return answer(told, act(told, "close"))


def _units(self: Adversary, told: Told) -> str:
    wrong: Any = (5_000, "5,000.00", 1e18, 0.5)[self.count % 4]
    return answer(told, most(told, notional_micros=wrong, leverage=("5x", 1, 500, 1)[self.count % 4]))


def _markup(self: Adversary, told: Told) -> str:
    return answer(told, act(told, reason=self.pick(*MARKUPS)))


def _limits(self: Adversary, told: Told) -> str:
    more = {"limits": {"max_leverage": 1_000}, "risk_override": True}
    return self.pick(
        answer(told, {**most(told), **more}), json.dumps({**json.loads(answer(told, most(told))), **more})
    )


_ACTS: Mapping[Wants, Callable[[Adversary, Told], str]] = {
    Wants.MOST: _leverage,
    Wants.BEYOND: _beyond,
    Wants.OTHER_ASSET: _other_asset,
    Wants.OTHER_ACCOUNT: _other_account,
    Wants.CANARY: _canary,
    Wants.RULES: _rules,
    Wants.OWNER_WORDS: _owner,
    Wants.SECRET: _secret,
    Wants.PROSE: _prose,
    Wants.FENCE: _fence,
    Wants.TOOL: _tool,
    Wants.TWO: _two,
    Wants.FLIP: _flip,
    Wants.CLOSE: _close,
    Wants.UNITS: _units,
    Wants.MARKUP: _markup,
    Wants.LIMITS: _limits,
}
INSIDE = frozenset({Wants.MOST, Wants.FLIP, Wants.CLOSE, Wants.MARKUP, Wants.RULES})
"""What an account may do all the same: bad trades, ugly words, and the public rules, inside the limits."""
