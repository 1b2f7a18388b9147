"""The shape of a graph document: every node and edge checked by hand, each fault named by its path."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.clones.graph.errors import GraphInvalid
from apps.clones.graph.streams import expand
from apps.clones.graph.types import ENGINES, MODES, RULE_STRATEGIES

MAX_NODES = 200
MAX_EDGES = 1_000
MAX_BEHAVIOUR = 4_000
MAX_CADENCE_MINUTES = 1_440

_NODE_ID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9@:._-]{0,31}", re.ASCII)
_FIELDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "data_stream": (frozenset({"id", "kind", "stream"}), frozenset({"mode"})),
    "asset": (frozenset({"id", "kind", "symbol"}), frozenset({"active"})),
    "trading_prompt": (
        frozenset({"id", "kind", "engine", "cadenceMinutes"}),
        frozenset({"name", "strategy", "enabled", "behaviour"}),
    ),
}
_NEXT_KIND: Mapping[str, str] = {"data_stream": "asset", "asset": "trading_prompt"}


@dataclass(frozen=True, slots=True)
class Node:
    """A checked node, with the path at which it stands in its document."""

    id: str
    kind: str
    path: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Topology:
    """A checked document: nodes in their order, and edges as (from, to) pairs of node ids."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]

    def of_kind(self, kind: str) -> tuple[Node, ...]:
        """Return the nodes of one kind, in the document's order."""
        return tuple(node for node in self.nodes if node.kind == kind)


def read(document: object) -> Topology:
    """Check the shape of a document and return its parts; raises GraphInvalid at the first fault."""
    fields = _members(document, "document", required=frozenset({"nodes", "edges"}), optional=frozenset())
    raw_nodes = _items(fields["nodes"], "nodes", limit=MAX_NODES)
    raw_edges = _items(fields["edges"], "edges", limit=MAX_EDGES)
    nodes: dict[str, Node] = {}
    for index, raw in enumerate(raw_nodes):
        node = _node(raw, f"nodes[{index}]")
        if node.id in nodes:
            raise GraphInvalid(f"{node.path}.id", f"{node.id!r} already names {nodes[node.id].path}")
        nodes[node.id] = node
    edges: dict[tuple[str, str], None] = {}
    for index, raw in enumerate(raw_edges):
        path = f"edges[{index}]"
        edge = _edge(raw, path, nodes)
        if edge in edges:
            raise GraphInvalid(path, f"repeats the edge from {edge[0]!r} to {edge[1]!r}")
        edges[edge] = None
    return Topology(nodes=tuple(nodes.values()), edges=tuple(edges))


def _node(raw: object, path: str) -> Node:
    kind = raw.get("kind") if isinstance(raw, dict) else None
    if isinstance(raw, dict) and not (isinstance(kind, str) and kind in _FIELDS):
        raise GraphInvalid(f"{path}.kind", f"must be one of {', '.join(_FIELDS)}")
    required, optional = _FIELDS[str(kind)] if isinstance(raw, dict) else (frozenset(), frozenset())
    values = _members(raw, path, required=required, optional=optional)
    node_id = _text(values["id"], f"{path}.id", pattern=_NODE_ID)
    checks = {"data_stream": _check_stream, "asset": _check_asset, "trading_prompt": _check_prompt}
    checks[str(kind)](values, path)
    return Node(id=node_id, kind=str(kind), path=path, values=values)


def _check_stream(values: Mapping[str, Any], path: str) -> None:
    name = _text(values["stream"], f"{path}.stream")
    if not expand(name):
        raise GraphInvalid(f"{path}.stream", "is not a known data stream or depth")
    _choice(values.get("mode", "auto"), f"{path}.mode", MODES)


def _check_asset(values: Mapping[str, Any], path: str) -> None:
    _text(values["symbol"], f"{path}.symbol", pattern=_SYMBOL)
    _flag(values.get("active", True), f"{path}.active")


def _check_prompt(values: Mapping[str, Any], path: str) -> None:
    _choice(values["engine"], f"{path}.engine", ENGINES)
    if values["engine"] == "rules" and "strategy" not in values:
        raise GraphInvalid(f"{path}.strategy", "is required by the rules engine")
    if "strategy" in values:
        _choice(values["strategy"], f"{path}.strategy", RULE_STRATEGIES)
    cadence = values["cadenceMinutes"]
    if type(cadence) is not int or not 1 <= cadence <= MAX_CADENCE_MINUTES:
        raise GraphInvalid(
            f"{path}.cadenceMinutes", f"must be a whole number from 1 to {MAX_CADENCE_MINUTES}"
        )
    _flag(values.get("enabled", True), f"{path}.enabled")
    _text(values.get("name", "Prompt"), f"{path}.name", low=1, high=64)
    _text(values.get("behaviour", ""), f"{path}.behaviour", low=0, high=MAX_BEHAVIOUR)


def _edge(raw: object, path: str, nodes: Mapping[str, Node]) -> tuple[str, str]:
    values = _members(raw, path, required=frozenset({"from", "to"}), optional=frozenset())
    ends: list[Node] = []
    for end in ("from", "to"):
        node_id = _text(values[end], f"{path}.{end}", pattern=_NODE_ID)
        if node_id not in nodes:
            raise GraphInvalid(f"{path}.{end}", f"no node is called {node_id!r}")
        ends.append(nodes[node_id])
    source, target = ends
    if source.id == target.id:
        raise GraphInvalid(path, f"joins {source.id!r} to itself")
    if _NEXT_KIND.get(source.kind) != target.kind:
        raise GraphInvalid(path, f"a {source.kind} may not lead to a {target.kind}")
    return source.id, target.id


def _members(
    value: object, path: str, *, required: frozenset[str], optional: frozenset[str]
) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise GraphInvalid(path, "must be an object")
    for name in sorted(required):
        if name not in value:
            raise GraphInvalid(f"{path}.{name}", "is required")
    unknown = sorted(str(name)[:40] for name in value if name not in required and name not in optional)
    if unknown:
        raise GraphInvalid(path, f"has no field called {unknown[0]!a}")
    return value


def _items(value: object, path: str, *, limit: int) -> list[object]:
    if not isinstance(value, list):
        raise GraphInvalid(path, "must be a list")
    if len(value) > limit:
        raise GraphInvalid(path, f"holds {len(value)} items; at most {limit} are allowed")
    return value


def _text(
    value: object, path: str, *, pattern: re.Pattern[str] | None = None, low: int = 1, high: int = 64
) -> str:
    if not isinstance(value, str) or not low <= len(value) <= high:
        raise GraphInvalid(path, f"must be a text of {low} to {high} characters")
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise GraphInvalid(path, "holds a character that cannot be stored")
    if pattern is not None and pattern.fullmatch(value) is None:
        raise GraphInvalid(path, "holds a character that is not allowed here")
    return value


def _choice(value: object, path: str, choices: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise GraphInvalid(path, f"must be one of {', '.join(choices)}")


def _flag(value: object, path: str) -> None:
    if not isinstance(value, bool):
        raise GraphInvalid(path, "must be true or false")
