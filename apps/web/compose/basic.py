"""The builder's basic mode: which draft it can show, in which groups it offers assets, and in which words."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.clones import graph
from apps.market.types import AssetCategory

NOTES: Mapping[str, str] = {
    AssetCategory.MAJOR: "The deepest books",
    AssetCategory.LAYER_1: "Chains by their coins",
    AssetCategory.LAYER_2: "Chains upon chains",
    AssetCategory.DEFI: "Exchanges, oracles, lending",
    AssetCategory.MEME: "Loud and fast",
    AssetCategory.AI: "Models, agents, machines",
    AssetCategory.OTHER: "Everything else",
}
"""What a player reads below the title of a category."""

OWN = "own"
DEPTHS = (
    ("fast", "Fast", "Mark price, 1-minute candles, funding"),
    ("balanced", "Balanced", "Fast, 5-minute candles and the order book"),
    ("deep", "Deep", "Balanced, 1-hour candles, indicators and positioning"),
)
ENGINES = (
    ("rules", "Rules", "A fixed strategy; the same inputs always give the same decision"),
    ("model", "AI model", "Reads the data and your prompt, and proposes actions"),
    ("noop", "Observer", "Always holds; for watching only"),
)
STRATEGIES = (
    ("trend", "Trend following"),
    ("mean_reversion", "Mean reversion"),
    ("breakout", "Breakout"),
)
CADENCES = (1, 5, 15, 30, 60, 240)
DEFAULTS: Mapping[str, Any] = {
    "assets": [],
    "depth": "fast",
    "engine": "rules",
    "strategy": "trend",
    "cadence_minutes": 5,
    "name": "Trader",
    "behaviour": "",
    "enabled": True,
    "wake_price_move_bps": 0,
    "wake_stop_hit": False,
    "wake_new_market": False,
}


def engines(installed: Sequence[str]) -> list[dict[str, Any]]:
    """The engines as tiles; one that is not set up here can be seen and not chosen."""
    return [
        {
            "key": key,
            "title": title,
            "note": note if key in installed else "Not set up on this server yet",
            "installed": key in installed,
        }
        for key, title, note in ENGINES
    ]


def groups(categories: Mapping[str, str], *, most: int) -> list[dict[str, Any]]:
    """The categories that hold an asset, each with the first `most` of its symbols.

    `categories` is symbol -> category, in the order in which a tier takes them.
    """
    held = {key: [symbol for symbol, found in categories.items() if found == key] for key in NOTES}
    return [
        {"key": key, "title": AssetCategory(key).label, "note": NOTES[key], "assets": symbols[:most]}
        for key, symbols in held.items()
        if symbols
    ]


def category_of(assets: Sequence[str], offered: Sequence[Mapping[str, Any]]) -> str:
    """The key of the group that holds exactly these assets, or `own`."""
    chosen = set(assets)
    return next((group["key"] for group in offered if set(group["assets"]) == chosen), OWN)


def choices_of(document: object) -> dict[str, Any] | None:
    """The choices that `graph.basic` turns into a strategy of the same meaning, None where no choices do.

    Data nodes may be named and arranged otherwise; what counts is how the clone would trade.
    """
    try:
        compiled = graph.compile(document)
        choices = _read(document)
        again = graph.compile(graph.basic(**choices)) if choices else None
    except graph.GraphInvalid:
        return None
    if again is None or not _alike(compiled, again):
        return None
    return choices


def _read(document: Any) -> dict[str, Any] | None:
    """The choices that a document seems to be made of."""
    of_kind: dict[str, list[Any]] = {"data_stream": [], "asset": [], "trading_prompt": []}
    for node in document["nodes"]:
        of_kind[node["kind"]].append(node)
    if len(of_kind["data_stream"]) != 1 or len(of_kind["trading_prompt"]) != 1:
        return None
    if of_kind["data_stream"][0]["stream"] not in graph.BUNDLES:
        return None
    prompt = of_kind["trading_prompt"][0]
    wakes = prompt.get("wakes", {})
    return {
        "assets": [node["symbol"] for node in of_kind["asset"]],
        "depth": of_kind["data_stream"][0]["stream"],
        "engine": prompt["engine"],
        "strategy": prompt.get("strategy", DEFAULTS["strategy"]),
        "cadence_minutes": prompt["cadenceMinutes"],
        "name": prompt.get("name", "Prompt"),
        "behaviour": prompt.get("behaviour", ""),
        "enabled": prompt.get("enabled", True),
        "wake_price_move_bps": wakes.get("priceMoveBps", 0),
        "wake_stop_hit": wakes.get("stopHit", False),
        "wake_new_market": wakes.get("newMarket", False),
    }


def _alike(one: graph.CompiledStrategy, other: graph.CompiledStrategy) -> bool:
    """Whether both trade alike; the key of the only prompt, and a strategy that no engine reads, count nothing."""
    if one.assets != other.assets or len(one.prompts) != len(other.prompts):
        return False
    mine, theirs = one.prompts[0], other.prompts[0]
    alike = ("name", "engine", "cadence_minutes", "enabled", "behaviour", "assets", "wakes")
    if any(getattr(mine, field) != getattr(theirs, field) for field in alike):
        return False
    return mine.engine != "rules" or mine.strategy == theirs.strategy
