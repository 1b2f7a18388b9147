"""What changes in the way a clone trades from one strategy to another, whatever the documents look like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.clones.graph.types import CompiledStrategy


@dataclass(frozen=True, slots=True)
class Change:
    """One change of meaning: `kind` is added, removed or changed; `before` and `after` are plain JSON values.

    `path` names an asset by its symbol, a data link by its stream and a prompt by its node id, as in
    `assets[BTC].streams[funding]` or `prompts[main].cadenceMinutes`.
    """

    kind: str
    path: str
    before: Any
    after: Any


def diff(before: CompiledStrategy, after: CompiledStrategy) -> tuple[Change, ...]:
    """The changes of meaning in the order of their paths.

    Moving nodes about, renaming a data node or writing a bundle out as its streams changes nothing.
    """
    old, new = _facts(before), _facts(after)
    return tuple(
        Change(_kind(path, old, new), path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if (path in old, old.get(path)) != (path in new, new.get(path))
    )


def _kind(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    if path not in old:
        return "added"
    return "changed" if path in new else "removed"


def _facts(strategy: CompiledStrategy) -> dict[str, Any]:
    """Everything that a strategy says, one fact a path."""
    document = strategy.to_document()
    facts: dict[str, Any] = {}
    for asset in document["assets"]:
        place = f"assets[{asset['symbol']}]"
        facts[f"{place}.active"] = asset["active"]
        facts |= {f"{place}.streams[{use['stream']}]": use["mode"] for use in asset["streams"]}
    for prompt in document["prompts"]:
        place = f"prompts[{prompt['key']}]"
        # The streams of a prompt are those of its assets, which are facts already.
        named = {name: value for name, value in prompt.items() if name not in {"key", "streams"}}
        facts |= {f"{place}.{name}": value for name, value in named.items()}
    return facts
