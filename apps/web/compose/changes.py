"""What changes between two strategies, in sentences, gathered by the asset or prompt that they are about."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from apps.clones import graph
from apps.web.compose.basic import ENGINES, STRATEGIES

_PATH = re.compile(r"(assets|prompts)\[(.+?)\]\.(\w+)(?:\[(\w+)\])?")
_MODES = {"auto": "Auto", "standard": "Standard", "required": "Required"}
_WORDS = {
    "engine": {key: title for key, title, _ in ENGINES},
    "strategy": {"": "none", **dict(STRATEGIES)},
}
_USUAL = {"traded", "enabled", "(empty)", "none"}
_LABELS = {
    "name": "Name",
    "engine": "Engine",
    "strategy": "Strategy",
    "cadenceMinutes": "Cadence",
    "wakes": "Decides early",
    "enabled": "Status",
    "behaviour": "Behaviour",
    "assets": "Trades",
    "active": "Status",
}


def summary(changes: Iterable[graph.Change], *, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Blocks of changes, assets first; `names` are the names of prompts by their keys.

    A block is `{kind, title, what, lines}`; a line has a label, and before and after with empty texts for nothing.
    """
    blocks: dict[tuple[str, str], list[graph.Change]] = {}
    fields: dict[int, tuple[str, str]] = {}
    for change in changes:
        found = _PATH.fullmatch(change.path)
        if found is None:
            continue
        blocks.setdefault((found[1], found[2]), []).append(change)
        fields[id(change)] = (found[3], found[4] or "")
    return [
        {
            "kind": (kind := _common_kind(members)),
            "title": key if part == "assets" else names.get(key, key),
            "what": "Asset" if part == "assets" else "Trading prompt",
            "lines": _brief([_line(change, *fields[id(change)]) for change in members], kind),
        }
        for (part, key), members in blocks.items()
    ]


def between(before: graph.CompiledStrategy | None, after: graph.CompiledStrategy) -> list[dict[str, Any]]:
    """The summary from one strategy to another; without the first everything is new."""
    start = before or graph.CompiledStrategy(after.compiler, (), ())
    names = {prompt.key: prompt.name for prompt in (*start.prompts, *after.prompts)}
    return summary(graph.diff(start, after), names=names)


def _common_kind(changes: list[graph.Change]) -> str:
    """Added or removed where every fact of the block is, else changed."""
    kinds = {change.kind for change in changes}
    whole = {"active", "engine"} & {change.path.rsplit(".", 1)[-1] for change in changes}
    return kinds.pop() if len(kinds) == 1 and whole else "changed"


def _line(change: graph.Change, field: str, stream: str) -> dict[str, Any]:
    label = graph.STREAMS[stream].title if stream in graph.STREAMS else _LABELS.get(field, field)
    before, after = (
        "" if absent else _text(field, value)
        for absent, value in (
            (change.kind == "added", change.before),
            (change.kind == "removed", change.after),
        )
    )
    return {
        "label": label,
        "before": before,
        "after": after,
        "long": field == "behaviour",
        "stream": stream,
    }


def _brief(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The lines as they are; those of a block that came or went whole without what goes without saying."""
    if kind == "changed":
        return lines
    end = "after" if kind == "added" else "before"
    streams = [line for line in lines if line["stream"]]
    told = [
        line for line in lines if not line["stream"] and line[end] not in _USUAL and line["label"] != "Name"
    ]
    data = ", ".join(
        line["label"] if line[end] == "Auto" else f"{line['label']} ({line[end].lower()})" for line in streams
    )
    if data:
        told.append({"label": "Data", "before": "", "after": "", "long": False, "stream": "", end: data})
    return told


def wakes_in_words(wakes: graph.Wakes) -> str:
    """What wakes a prompt before its cadence, as the end of "decides early ..."."""
    moved = f"when the price moves {wakes.price_move_bps / 100:g} %" if wakes.price_move_bps else ""
    stopped = "when an exit is hit" if wakes.stop_hit else ""
    market = "when a prediction market appears" if wakes.new_market else ""
    return ", ".join(filter(None, (moved, stopped, market)))


def _text(field: str, value: Any) -> str:
    if field == "streams":
        return _MODES.get(value, str(value))
    if field == "active":
        return "traded" if value else "not traded"
    if field == "enabled":
        return "enabled" if value else "paused"
    if field == "cadenceMinutes":
        return f"every {value} min"
    if field == "wakes":
        return wakes_in_words(graph.Wakes.from_document(value))
    if field == "assets":
        return ", ".join(value) or "nothing"
    if field == "behaviour":
        return value or "(empty)"
    return _WORDS.get(field, {}).get(value, str(value))
