"""Validating the largest strategy graph, and compiling one at the Pro limits, beside json.loads of the same text."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from apps.clones import graph  # noqa: E402 - a script finds the project first
from apps.clones.graph.validate import MAX_NODES  # noqa: E402 - a script finds the project first

ROUNDS = 200
BEHAVIOUR = "Buy strength, sell weakness, and never more than the account can bear. " * 50
GOALS_MS = {"validate": 20.0, "compile": 2.0}


def largest() -> dict[str, Any]:
    """A sound document of as many nodes as are allowed."""
    return graph.basic(assets=[f"COIN{place}" for place in range(MAX_NODES - 2)], depth="deep")


def faulty() -> dict[str, Any]:
    """The largest document with something wrong with every node and every edge."""
    document = largest()
    document["nodes"] = [{**node, "surplus": 1} for node in document["nodes"]]
    document["edges"] = [{"from": edge["to"], "to": edge["from"]} for edge in document["edges"]]
    return document


def pro() -> dict[str, Any]:
    """Five long prompts over ten assets with every stream there is: all that the Pro tier allows."""
    document: dict[str, Any] = {
        "nodes": [{"id": "data", "kind": "data_stream", "stream": "deep"}],
        "edges": [],
    }
    for place in range(10):
        document["nodes"].append({"id": f"a{place}", "kind": "asset", "symbol": f"COIN{place}"})
        document["edges"].append({"from": "data", "to": f"a{place}"})
        document["edges"].append({"from": f"a{place}", "to": f"p{place % 5}"})
    for place in range(5):
        prompt = {"id": f"p{place}", "kind": "trading_prompt", "engine": "model", "cadenceMinutes": 5}
        document["nodes"].append({**prompt, "behaviour": BEHAVIOUR})
    graph.check_limits(graph.compile(document), tier="pro")
    return document


def milliseconds(act: Callable[[], object]) -> float:
    """The median of many rounds."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        act()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def measure(
    name: str, document: dict[str, Any], act: Callable[[object], object], goal_ms: float
) -> dict[str, Any]:
    """One document: our time, the parser's time for the same text, and their ratio."""
    text = json.dumps(document)
    ours, floor = milliseconds(lambda: act(document)), milliseconds(lambda: json.loads(text))
    return {
        "name": name,
        "bytes": len(text),
        "milliseconds": round(ours, 3),
        "jsonLoadsMilliseconds": round(floor, 3),
        "ratio": round(ours / floor, 2),
        "goalMilliseconds": goal_ms,
        "withinGoal": ours < goal_ms,
    }


def main() -> int:
    """Measure and print."""
    results = [
        measure(f"validate {MAX_NODES} nodes", largest(), graph.check, GOALS_MS["validate"]),
        measure(f"validate {MAX_NODES} faulty nodes", faulty(), graph.check, GOALS_MS["validate"]),
        measure("compile at the Pro limits", pro(), graph.compile, GOALS_MS["compile"]),
    ]
    sys.stdout.write(json.dumps({"benchmark": "strategy graph", "rounds": ROUNDS, "results": results}) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
