"""What two strategies differ in: meaning, not looks."""

import copy
import random
from typing import Any

from apps.clones import graph
from apps.clones.graph import Change
from tests.clones.graph.test_compile import changed, extended, strategy


def between(before: Any, after: Any) -> tuple[Change, ...]:
    return graph.diff(graph.compile(before), graph.compile(after))


def test_looks_are_no_change() -> None:
    document = strategy()
    shuffled = copy.deepcopy(document)
    random.Random(3).shuffle(shuffled["nodes"])
    random.Random(4).shuffle(shuffled["edges"])
    shuffled["nodes"] = [{**node, "id": node["id"].replace("fast", "data-9")} for node in shuffled["nodes"]]
    shuffled["edges"] = [
        {"from": edge["from"].replace("fast", "data-9"), "to": edge["to"]} for edge in shuffled["edges"]
    ]
    next(node for node in shuffled["nodes"] if node["id"] == "data-9")["mode"] = "auto"
    assert between(document, shuffled) == ()


def test_a_bundle_written_out_is_no_change() -> None:
    bundled = graph.basic(assets=["BTC"])
    spelled = graph.basic(assets=["BTC"], depth="mark_price")
    for stream in ("candles_1m", "funding"):
        spelled["nodes"].append({"id": stream, "kind": "data_stream", "stream": stream})
        spelled["edges"].append({"from": stream, "to": "asset-1"})
    assert between(bundled, spelled) == ()


def test_each_change_of_meaning_is_named_with_both_values() -> None:
    after = changed("nodes", 4, "cadenceMinutes", to=15)
    after["nodes"][5]["name"] = "Watcher"
    after["nodes"][1]["mode"] = "standard"
    assert between(strategy(), after) == (
        Change("changed", "assets[ETH].streams[order_book]", "required", "standard"),
        Change("changed", "prompts[a].cadenceMinutes", 5, 15),
        Change("changed", "prompts[b].name", "Idle", "Watcher"),
    )


def test_what_comes_and_goes_is_named_and_the_way_back_mirrors_it() -> None:
    after = extended("nodes", {"id": "sol", "kind": "asset", "symbol": "SOL"})
    after["edges"] += [{"from": "depth", "to": "sol"}, {"from": "sol", "to": "a"}]
    there, back = between(strategy(), after), between(after, strategy())
    assert there == (
        Change("added", "assets[SOL].active", None, True),
        Change("added", "assets[SOL].streams[order_book]", None, "required"),
        Change("changed", "prompts[a].assets", ["BTC"], ["BTC", "SOL"]),
    )
    assert [(one.kind, one.path) for one in back] == [
        ("removed", "assets[SOL].active"),
        ("removed", "assets[SOL].streams[order_book]"),
        ("changed", "prompts[a].assets"),
    ]
    assert [(one.before, one.after) for one in back] == [(one.after, one.before) for one in there]


def test_what_wakes_a_prompt_is_a_fact_of_it() -> None:
    before = graph.basic(assets=["BTC"])
    after = graph.basic(assets=["BTC"], wake_price_move_bps=300)
    asked = {"priceMoveBps": 300, "stopHit": False, "newMarket": False}
    assert between(before, after) == (Change("added", "prompts[prompt].wakes", None, asked),)
    assert between(after, before) == (Change("removed", "prompts[prompt].wakes", asked, None),)
