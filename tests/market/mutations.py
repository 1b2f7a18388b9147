"""Wrong variants of a source's real answer: seeded, endless, each with the name of what was done to it."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

GARBAGE: tuple[Any, ...] = (
    *(
        "NaN",
        "Infinity",
        "-Infinity",
        "-0",
        "-0.0",
        "-1.5",
        "0",
        "0.0",
        "1e308",
        "1e-300",
        "1,234.5",
        "1_0",
        "",
        " 7 ",
    ),
    *(
        "+1",
        "0x10",
        "١٢",
        "9" * 400,
        "0." + "0" * 400 + "1",
        "true",
        "null",
        "１２",
        "1.",
        ".5",
        "--1",
        "1e",
        "\u202e1",
    ),
    *(
        float("nan"),
        float("inf"),
        float("-inf"),
        -0.0,
        -1.5,
        0,
        1e308,
        1e-300,
        10**399,
        -1,
        2**63,
        2**64,
        True,
        False,
    ),
    *(
        None,
        [],
        {},
        1.5,
        1_700_000_000,
        1_700_000_000_000_000,
        0.1 + 0.2,
        4_102_444_800_000,
        "1970-01-01",
        10**18,
    ),
)
"""What stands where a number should: text and JSON values alike."""
WRAPS: tuple[Callable[[Any], Any], ...] = (
    lambda value: [value],
    lambda value: {"value": value},
    lambda value: [[], value],
    lambda value: (
        {str(index): item for index, item in enumerate(value)} if isinstance(value, list) else value
    ),
    lambda value: list(value.values()) if isinstance(value, dict) else value,
    lambda value: list(value.items()) if isinstance(value, dict) else value,
    str,
    json.dumps,
    lambda value: len(str(value)),
    lambda value: None,
    lambda value: float(value) if _is_number(value) else not value,
)
JUNK: tuple[Any, ...] = (
    {"a": [{"b": [{"c": [{"d": {}}]}]}]},
    [[[[[[]]]]]],
    "x" * 100_000,
    {"__proto__": {"polluted": True}},
    [None, True, {"": ""}],
    "<script>alert(1)</script>\u202e\u200b",
    {str(number): number for number in range(300)},
)
PAGE = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
Path = tuple[Any, ...]


def amount(config: pytest.Config) -> int:
    """How many mutations a test tries: 500, or 10,000 with `--long`."""
    return 10_000 if config.getoption("--long") else 500


def mutations(body: Any, *, seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield `count` wrong variants of a JSON body as (label, bytes); the same seed yields the same ones.

    One in five is wrong as bytes (cut, other charset, a web page), the others are JSON with one to three faults.
    A label repeats the seed's number, so that a failure can be found again.
    """
    chance = random.Random(seed)
    text = json.dumps(body)
    paths = list(_paths(body, ()))
    for number in range(count):
        if number % 5 == 0:
            kind = chance.choice(list(_BYTES))
            yield f"{number} {kind}", _BYTES[kind](text.encode(), chance)
            continue
        wrong, labels = json.loads(text), []
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            kind = chance.choice(list(_VALUES))
            path = chance.choice(paths)
            labels.append(f"{kind} at {'/'.join(map(str, path)) or 'the top'}")
            wrong = _put(wrong, path, _VALUES[kind], chance)
        yield f"{number} {', '.join(labels)}", json.dumps(wrong).encode("utf-8", "surrogatepass")


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _paths(value: Any, path: Path) -> Iterator[Path]:
    """Every place of the body; of a long list the first, the last and a few between."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, (*path, key))
    elif isinstance(value, list):
        for index in sorted(
            {*range(min(8, len(value))), len(value) // 2, len(value) - 1} & set(range(len(value)))
        ):
            yield from _paths(value[index], (*path, index))


def _put(body: Any, path: Path, change: Callable[[Any, random.Random], Any], chance: random.Random) -> Any:
    """The body with the value at `path` changed in place; unchanged where an earlier fault took the place away."""
    if not path:
        return change(body, chance)
    holder = body
    for step in path[:-1]:
        try:
            holder = holder[step]
        except (KeyError, IndexError, TypeError):
            return body
    last = path[-1]
    if (isinstance(holder, dict) and last in holder) or (
        isinstance(holder, list) and isinstance(last, int) and last < len(holder)
    ):
        holder[last] = change(holder[last], chance)
    return body


def _rename(value: Any, chance: random.Random) -> Any:
    if not isinstance(value, dict) or not value:
        return {"renamed": value}
    key = chance.choice(list(value))
    other = chance.choice((key + "_v2", key.upper(), key[:-1], key + "\u0000", "\ud800", ""))
    return {(other if name == key else name): item for name, item in value.items()}


def _drop(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict) and value:
        lost = chance.choice(list(value))
        return {name: item for name, item in value.items() if name != lost}
    if isinstance(value, list) and value:
        lost = chance.randrange(len(value))
        return value[:lost] + value[lost + 1 :]
    return None


def _rows(value: Any, chance: random.Random) -> Any:
    if not isinstance(value, list) or not value:
        return [value, value]
    return chance.choice(
        (
            [*value, chance.choice(value)],
            value[::-1],
            chance.sample(value, len(value)),
            value + value,
            [item for item in value for _ in range(2)],
            value[: len(value) // 2],
            [],
        )
    )


_VALUES: dict[str, Callable[[Any, random.Random], Any]] = {
    "garbage": lambda value, chance: chance.choice(GARBAGE),
    "type": lambda value, chance: chance.choice(WRAPS)(value),
    "rename": _rename,
    "drop": _drop,
    "rows": _rows,
    "junk": lambda value, chance: chance.choice(JUNK),
}


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _twice(data: bytes, chance: random.Random) -> bytes:
    """The first key of some object stands twice."""
    at = data.find(b"{", chance.randrange(len(data)))
    return data[: at + 1] + b'"a":1,"a":2,' + data[at + 1 :] if at >= 0 else data + data


_BYTES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cut": _cut,
    "flipped": _flip,
    "key twice": _twice,
    "BOM": lambda data, chance: b"\xef\xbb\xbf" + data,
    "UTF-16": lambda data, chance: data.decode().encode("utf-16"),
    "Latin-1": lambda data, chance: data[:-1] + "é".encode("latin-1") + data[-1:],
    "web page": lambda data, chance: PAGE,
    "nothing": lambda data, chance: b"",
    "null": lambda data, chance: b"null",
    "empty list": lambda data, chance: b"[]",
    "empty object": lambda data, chance: b"{}",
    "answered twice": lambda data, chance: data + data,
    "too deep": lambda data, chance: b"[" * 2_000 + data + b"]" * 2_000,
    "error in 200": lambda data, chance: b'{"error":"internal"}',
    "zero bytes": lambda data, chance: b"\x00" * chance.randrange(1, 2_000),
}
