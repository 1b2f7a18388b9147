"""The basic mode of the builder: a few choices in, a whole graph document out."""

from collections.abc import Sequence
from typing import Any

from apps.clones.graph.compile import compile_document


def basic(
    *,
    assets: Sequence[str],
    strategy: str = "trend",
    cadence_minutes: int = 5,
    depth: str = "fast",
    engine: str = "rules",
    name: str = "Trader",
    behaviour: str = "",
    enabled: bool = True,
    wake_price_move_bps: int = 0,
    wake_stop_hit: bool = False,
    wake_new_market: bool = False,
) -> dict[str, Any]:
    """Return the graph document of one prompt over `assets` (symbols); raises GraphInvalid if unsound.

    What begins with `wake` lets the prompt decide before its cadence. A paused clone (`enabled=False`) keeps its
    assets in the document and trades none of them.
    """
    asked = {"priceMoveBps": wake_price_move_bps, "stopHit": wake_stop_hit, "newMarket": wake_new_market}
    wakes = {name: value for name, value in asked.items() if value}
    nodes: list[dict[str, Any]] = [{"id": "data", "kind": "data_stream", "stream": depth, "mode": "auto"}]
    edges: list[dict[str, str]] = []
    for position, symbol in enumerate(assets, start=1):
        nodes.append({"id": f"asset-{position}", "kind": "asset", "symbol": symbol, "active": enabled})
        edges.append({"from": "data", "to": f"asset-{position}"})
        edges.append({"from": f"asset-{position}", "to": "prompt"})
    nodes.append(
        {
            "id": "prompt",
            "kind": "trading_prompt",
            "name": name,
            "engine": engine,
            "strategy": strategy,
            "cadenceMinutes": cadence_minutes,
            "enabled": enabled,
            "behaviour": behaviour,
            **({"wakes": wakes} if wakes else {}),
        }
    )
    document: dict[str, Any] = {"nodes": nodes, "edges": edges}
    compile_document(document)
    return document
