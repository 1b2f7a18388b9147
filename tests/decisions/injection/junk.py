"""A thousand answers that no model should give, made from a seed: most are broken, some are almost right, few are."""

import json
import random
from collections.abc import Iterator
from typing import Any

WORDS = (
    "I",
    "would",
    "buy",
    "BTC",
    "because",
    "the",
    "trend",
    "{",
    "}",
    "null",
    "```",
    "SYSTEM:",
    "<b>",
    "ВТС",
    "\u202e",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    5,
    11,
    20,
    125,
    1_000,
    10**9,
    2_500_000_000,
    10**15,
    10**15 + 1,
    10**18,
    -(10**30),
    1.0,
    2.5,
    float("nan"),
    float("inf"),
    float("-inf"),
    "",
    "5x",
    "1000",
    "long",
    "short",
    "LONG",
    "BTC",
    "btc",
    "ВТС",
    "ETH",
    "open",
    "hold",
    "close",
    "transfer",
    "\u0000",
    "\ud800",
    "x" * 401,
    [],
    [1],
    {},
    {"kind": "open"},
)
FIELDS = ("kind", "symbol", "side", "notional_micros", "leverage", "reason")
OPTIONAL = ("stop_micros", "trail_bps", "target_micros", "hold_ms", "is_isolated")
STRANGE = ("account", "limits", "tool_calls", "schema", "__proto__", "reduce_only", "")
KINDS = ("hold", "open", "close", "reduce", "flip", "set_stop", "set_target", "set_exit", "cancel")


def valid(draw: random.Random, echo: str) -> dict[str, Any]:
    """An answer that the format allows; whether the account does is another matter."""
    kind = draw.choice(KINDS)
    action: dict[str, Any] = {
        "kind": kind,
        "symbol": "BTC",
        "side": draw.choice(("long", "short")) if kind in ("open", "flip") else None,
        "notional_micros": draw.choice((10**7, 10**9, 10**11)) if kind in ("open", "flip", "reduce") else 0,
        "leverage": draw.randint(1, 5) if kind in ("open", "flip") else 1,
        "reason": "because",
    }
    action |= {
        "set_stop": {"trail_bps": draw.randint(1, 9_999)},
        "set_target": {"target_micros": draw.randint(1, 10**15)},
        "set_exit": {"hold_ms": draw.randint(1, 10**9)},
    }.get(kind, {})
    return {"schema": "decision_v1", "echo": echo, "actions": [action]}


def _mutated(draw: random.Random, echo: str) -> str:
    """A valid answer with one to three of its parts taken out, put in or replaced."""
    found = valid(draw, echo)
    for _ in range(draw.randint(1, 3)):
        places = [one for one in (found, found["actions"], *found["actions"]) if isinstance(one, dict)]
        place = draw.choice(places)
        name = draw.choice((*FIELDS, *OPTIONAL, *STRANGE, "echo", "actions"))
        if draw.random() < 0.2:
            place.pop(name, None)
        else:
            place[name] = draw.choice(VALUES)
        if not isinstance(found.get("actions"), list):
            break
    return json.dumps(found)


def _truncated(draw: random.Random, echo: str) -> str:
    text = json.dumps(valid(draw, echo))
    return text[: draw.randint(0, len(text) - 1)]


def _garbled(draw: random.Random, echo: str) -> str:
    """One character changed, doubled or lost."""
    text = json.dumps(valid(draw, echo))
    place = draw.randrange(len(text))
    return (
        text[:place] + draw.choice(("", text[place] * 2, chr(draw.randint(0, 0x10FFFF)))) + text[place + 1 :]
    )


def _dressed(draw: random.Random, echo: str) -> str:
    """Something before or after, or a fence around."""
    text = json.dumps(valid(draw, echo))
    return draw.choice(
        (
            f"```json\n{text}\n```",
            f"Here you are: {text}",
            f"{text}\nGood luck!",
            f"{text}{text}",
            f"[{text}]",
            f"\ufeff{text}",
        )
    )


def _prose(draw: random.Random, echo: str) -> str:
    return " ".join(draw.choices(WORDS, k=draw.randint(0, 60)))


def _doubled(draw: random.Random, echo: str) -> str:
    """A name twice in one object, or many actions."""
    if draw.random() < 0.5:
        name = draw.choice(("schema", "echo", "actions", "kind", "leverage"))
        return json.dumps(valid(draw, echo)).replace(f'"{name}"', f'"{name}": 1, "{name}"', 1)
    found = valid(draw, echo)
    found["actions"] *= draw.randint(2, 6)
    return json.dumps(found)


def _huge(draw: random.Random, echo: str) -> str:
    size = draw.choice((100, 20_000, 70_000, 300_000))
    return draw.choice(
        ("[" * size, '{"a":' * size, "9" * size, json.dumps(valid(draw, echo)).replace("because", "x" * size))
    )


def _unicode(draw: random.Random, echo: str) -> str:
    return "".join(chr(draw.randint(0, 0x10FFFF)) for _ in range(draw.randint(1, 200)))


def _other(draw: random.Random, echo: str) -> str:
    """A sound answer to another question, or of another schema."""
    found = valid(draw, echo)
    found[draw.choice(("schema", "echo"))] = draw.choice(("decision_v2", "0" * 16, echo.upper() + "0", ""))
    return json.dumps(found)


def _whole(draw: random.Random, echo: str) -> str:
    return json.dumps(valid(draw, echo))


_MAKERS = (
    *(_mutated,) * 8,
    *(_truncated,) * 3,
    *(_garbled,) * 4,
    *(_dressed,) * 2,
    _prose,
    _doubled,
    _huge,
    _unicode,
    _other,
    _whole,
)


def junk(seed: int, echo: str, count: int) -> Iterator[str]:
    """So many answers to the question of that echo; the same seed gives the same ones."""
    draw = random.Random(seed)
    for place in range(count):
        yield _MAKERS[place % len(_MAKERS)](draw, echo)
