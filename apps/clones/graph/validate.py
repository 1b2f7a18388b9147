"""The shape of a graph document: every node and edge checked by hand, each fault named by its path."""

import re
from collections.abc import Mapping
from typing import Any

from apps.clones.graph.errors import Faults
from apps.clones.graph.fields import is_choice, is_count, is_flag, is_list, is_object, is_text
from apps.clones.graph.streams import expand
from apps.clones.graph.topology import Node, Topology
from apps.clones.graph.types import ENGINES, MODES, RULE_STRATEGIES

MAX_NODES = 200
MAX_EDGES = 1_000
MAX_BEHAVIOUR = 4_000
MAX_CADENCE_MINUTES = 1_440
WAKE_MOVE_BPS = (50, 2_000)
"""The least and the greatest move of a price that may wake a prompt."""

_NODE_ID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9@:._-]{0,31}", re.ASCII)
_NONE: frozenset[str] = frozenset()
_PARTS = frozenset({"nodes", "edges"})
_ENDS = frozenset({"from", "to"})
_WAKES = frozenset({"priceMoveBps", "stopHit", "newMarket"})
_FIELDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "data_stream": (frozenset({"id", "kind", "stream"}), frozenset({"mode"})),
    "asset": (frozenset({"id", "kind", "symbol"}), frozenset({"active"})),
    "trading_prompt": (
        frozenset({"id", "kind", "engine", "cadenceMinutes"}),
        frozenset({"name", "strategy", "enabled", "behaviour", "wakes"}),
    ),
}
_NEXT_KIND: Mapping[str, str] = {"data_stream": "asset", "asset": "trading_prompt"}


def read(document: object, faults: Faults) -> Topology | None:
    """Note every fault of the document's shape; the parts that can be read, or None where structure is hidden.

    Structure is hidden while some node has no readable identity or some part is no list.
    """
    if not is_object(document, "document", faults, required=_PARTS, optional=_NONE):
        return None
    listed = is_list(document["nodes"], "nodes", faults, limit=MAX_NODES)
    joined = is_list(document["edges"], "edges", faults, limit=MAX_EDGES)
    if not listed or not joined:
        return None
    nodes: dict[str, Node] = {}
    whole = True
    for index, raw in enumerate(document["nodes"]):
        node = _node(raw, f"nodes[{index}]", faults)
        if node is None:
            whole = False
        elif node.id in nodes:
            faults.add(f"{node.path}.id", "DUPLICATE", f"{node.id!r} already names {nodes[node.id].path}")
            whole = False
        else:
            nodes[node.id] = node
    edges = _edges(document["edges"], nodes, faults, whole=whole)
    return Topology(tuple(nodes.values()), tuple(edges)) if whole else None


def _node(raw: object, path: str, faults: Faults) -> Node | None:
    """The node, or None where it has no identity; faults of its other values do not hide it."""
    if not isinstance(raw, dict):
        faults.add(path, "SHAPE_INVALID", "must be an object")
        return None
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in _FIELDS:
        faults.add(f"{path}.kind", "VALUE_INVALID", f"must be one of {', '.join(_FIELDS)}")
        return None
    required, optional = _FIELDS[kind]
    is_object(raw, path, faults, required=required, optional=optional)
    named = "id" in raw and is_text(raw["id"], f"{path}.id", faults, pattern=_NODE_ID)
    _CHECKS[kind](raw, path, faults)
    return Node(raw["id"], kind, path, raw) if named else None


def _check_stream(values: Mapping[str, Any], path: str, faults: Faults) -> None:
    if "stream" in values:
        stream = values["stream"]
        if is_text(stream, f"{path}.stream", faults) and not expand(stream):
            faults.add(f"{path}.stream", "VALUE_INVALID", "is not a known data stream or depth")
    is_choice(values.get("mode", "auto"), f"{path}.mode", faults, MODES)


def _check_asset(values: Mapping[str, Any], path: str, faults: Faults) -> None:
    if "symbol" in values:
        is_text(values["symbol"], f"{path}.symbol", faults, pattern=_SYMBOL)
    is_flag(values.get("active", True), f"{path}.active", faults)


def _check_prompt(values: Mapping[str, Any], path: str, faults: Faults) -> None:
    if "engine" in values:
        is_choice(values["engine"], f"{path}.engine", faults, ENGINES)
    if values.get("engine") == "rules" and "strategy" not in values:
        faults.add(f"{path}.strategy", "FIELD_REQUIRED", "is required by the rules engine")
    if "strategy" in values:
        is_choice(values["strategy"], f"{path}.strategy", faults, RULE_STRATEGIES)
    if "cadenceMinutes" in values:
        is_count(values["cadenceMinutes"], f"{path}.cadenceMinutes", faults, low=1, high=MAX_CADENCE_MINUTES)
    is_flag(values.get("enabled", True), f"{path}.enabled", faults)
    is_text(values.get("name", "Prompt"), f"{path}.name", faults)
    is_text(values.get("behaviour", ""), f"{path}.behaviour", faults, low=0, high=MAX_BEHAVIOUR)
    _check_wakes(values.get("wakes", {}), f"{path}.wakes", faults)


def _check_wakes(wakes: object, path: str, faults: Faults) -> None:
    if not is_object(wakes, path, faults, required=_NONE, optional=_WAKES):
        return
    if "priceMoveBps" in wakes:
        low, high = WAKE_MOVE_BPS
        is_count(wakes["priceMoveBps"], f"{path}.priceMoveBps", faults, low=low, high=high)
    for name in ("stopHit", "newMarket"):
        is_flag(wakes.get(name, False), f"{path}.{name}", faults)


_CHECKS = {"data_stream": _check_stream, "asset": _check_asset, "trading_prompt": _check_prompt}


def _edges(
    raw_edges: list[object], nodes: Mapping[str, Node], faults: Faults, *, whole: bool
) -> dict[tuple[str, str], None]:
    """The sound edges in their order; a missing end is only a fault when every node could be read."""
    edges: dict[tuple[str, str], None] = {}
    for index, raw in enumerate(raw_edges):
        path = f"edges[{index}]"
        ends = _ends(raw, path, faults)
        if ends is None:
            continue
        missing = [place for place, node_id in zip(("from", "to"), ends, strict=True) if node_id not in nodes]
        if missing and whole:
            faults.add(
                f"{path}.{missing[0]}",
                "EDGE_INVALID",
                f"no node is called {ends[missing[0] == 'to']!r}",
            )
        elif not missing and _may_join(nodes[ends[0]], nodes[ends[1]], path, faults):
            if ends in edges:
                faults.add(path, "DUPLICATE", f"repeats the edge from {ends[0]!r} to {ends[1]!r}")
            edges[ends] = None
    return edges


def _ends(raw: object, path: str, faults: Faults) -> tuple[str, str] | None:
    if not is_object(raw, path, faults, required=_ENDS, optional=_NONE):
        return None
    sound = [is_text(raw[end], f"{path}.{end}", faults, pattern=_NODE_ID) for end in ("from", "to")]
    return (raw["from"], raw["to"]) if all(sound) else None


def _may_join(source: Node, target: Node, path: str, faults: Faults) -> bool:
    """Whether an edge may join two nodes: streams lead to assets, assets to prompts, so no cycle can be drawn."""
    if source.id == target.id:
        faults.add(path, "EDGE_INVALID", f"joins {source.id!r} to itself")
        return False
    if _NEXT_KIND.get(source.kind) != target.kind:
        message = f"a {source.kind} ({source.id!r}) may not lead to a {target.kind} ({target.id!r})"
        faults.add(path, "EDGE_INVALID", message)
        return False
    return True
