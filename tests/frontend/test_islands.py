"""The pure parts of the islands under Node, and their agreement with the compiler of strategies."""

import json

import pytest

from apps.clones import graph
from apps.clones.graph import types, validate
from pumpparty.runtime import frontend

NODES = {
    "data_stream": {"stream": "fast"},
    "asset": {"symbol": "BTC"},
    "trading_prompt": {"engine": "noop", "cadenceMinutes": 5},
}


def may_lead(source: str, target: str) -> bool:
    """Whether the compiler lets a node of one kind lead to one of another."""
    nodes = [{"id": name, "kind": kind, **NODES[kind]} for name, kind in (("a", source), ("b", target))]
    try:
        graph.compile({"nodes": nodes, "edges": [{"from": "a", "to": "b"}]})
    except graph.GraphInvalid as fault:
        return not fault.path.startswith("edges")
    return True


def test_the_pure_parts_pass_under_node() -> None:
    try:
        frontend.node(frontend.islands(), "--version")
    except frontend.BuildFailed as failure:
        pytest.skip(f"Node does not run here: {failure}")
    said = frontend.node(frontend.islands(), *frontend.UNIT_TESTS, whole=True)
    assert "fail 0" in said
    assert "pass 0" not in said


def test_the_editor_offers_what_the_compiler_knows() -> None:
    path = frontend.islands().sources / "graph" / "catalogue.json"
    assert json.loads(path.read_text()) == {
        "streams": {key: stream.title for key, stream in graph.STREAMS.items()},
        "bundles": {key: list(streams) for key, streams in graph.BUNDLES.items()},
        "modes": list(types.MODES),
        "engines": list(types.ENGINES),
        "strategies": list(types.RULE_STRATEGIES),
        "limits": {
            "nodes": validate.MAX_NODES,
            "edges": validate.MAX_EDGES,
            "behaviour": validate.MAX_BEHAVIOUR,
            "cadenceMinutes": validate.MAX_CADENCE_MINUTES,
            "wakeMoveBps": list(validate.WAKE_MOVE_BPS),
        },
        "nextKind": {source: target for source in NODES for target in NODES if may_lead(source, target)},
    }
