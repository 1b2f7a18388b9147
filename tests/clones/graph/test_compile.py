"""The strategy graph: what compiles, what it compiles to, and how each fault is named."""

import copy
import random
import time
from typing import Any

import pytest

from apps.clones import graph


def strategy() -> dict[str, Any]:
    return {
        "nodes": [
            {"id": "fast", "kind": "data_stream", "stream": "fast"},
            {"id": "depth", "kind": "data_stream", "stream": "order_book", "mode": "required"},
            {"id": "btc", "kind": "asset", "symbol": "BTC"},
            {"id": "eth", "kind": "asset", "symbol": "ETH"},
            {
                "id": "a",
                "kind": "trading_prompt",
                "engine": "rules",
                "strategy": "trend",
                "cadenceMinutes": 5,
            },
            {"id": "b", "kind": "trading_prompt", "engine": "noop", "cadenceMinutes": 60, "name": "Idle"},
        ],
        "edges": [
            {"from": "fast", "to": "btc"},
            {"from": "fast", "to": "eth"},
            {"from": "depth", "to": "eth"},
            {"from": "btc", "to": "a"},
            {"from": "eth", "to": "b"},
        ],
    }


def changed(*path: Any, to: Any) -> dict[str, Any]:
    document = copy.deepcopy(strategy())
    target: Any = document
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = to
    return document


def extended(part: str, *items: Any) -> dict[str, Any]:
    document = copy.deepcopy(strategy())
    document[part].extend(items)
    return document


def without_edge(position: int) -> dict[str, Any]:
    document = copy.deepcopy(strategy())
    del document["edges"][position]
    return document


def test_a_bundle_expands_into_links_of_each_asset() -> None:
    compiled = graph.compile(strategy())
    assert compiled.active_assets == ("BTC", "ETH")
    assert compiled.streams_for("BTC") == ("mark_price", "candles_1m", "funding")
    assert compiled.streams_for("ETH") == ("mark_price", "candles_1m", "funding", "order_book")
    assert compiled.expanded_links == 7


def test_each_prompt_says_who_decides_how_often_and_about_what() -> None:
    compiled = graph.compile(strategy())
    trend, idle = compiled.prompts
    assert (trend.key, trend.engine, trend.strategy, trend.cadence_minutes, trend.assets) == (
        "a",
        "rules",
        "trend",
        5,
        ("BTC",),
    )
    assert trend.enabled
    assert trend.streams == {"BTC": ("mark_price", "candles_1m", "funding")}
    assert (idle.engine, idle.name, idle.assets) == ("noop", "Idle", ("ETH",))


def test_the_order_of_nodes_and_edges_means_nothing() -> None:
    document = strategy()
    for seed in range(10):
        shuffled = copy.deepcopy(document)
        random.Random(seed).shuffle(shuffled["nodes"])
        random.Random(seed + 100).shuffle(shuffled["edges"])
        assert graph.compile(shuffled) == graph.compile(document)


def test_a_compiled_strategy_survives_its_document() -> None:
    compiled = graph.compile(strategy())
    assert graph.CompiledStrategy.from_document(compiled.to_document()) == compiled


def test_the_stronger_mode_of_a_stream_named_twice_wins_and_counts_once() -> None:
    document = extended(
        "nodes", {"id": "mark", "kind": "data_stream", "stream": "mark_price", "mode": "required"}
    )
    document["edges"].append({"from": "mark", "to": "btc"})
    btc = graph.compile(document).assets[0]
    assert [(use.stream, use.mode) for use in btc.streams] == [
        ("mark_price", "required"),
        ("candles_1m", "auto"),
        ("funding", "auto"),
    ]


def test_an_inactive_asset_is_kept_and_never_traded() -> None:
    document = changed("nodes", 3, "active", to=False)
    document["nodes"][5]["enabled"] = False
    compiled = graph.compile(document)
    assert compiled.active_assets == ("BTC",)
    assert compiled.prompt("b").assets == ()


FAULTS: dict[str, tuple[Any, str]] = {
    "not an object": ([], "document"),
    "no nodes": ({"edges": []}, "document.nodes"),
    "nodes not a list": ({"nodes": {}, "edges": []}, "nodes"),
    "empty": ({"nodes": [], "edges": []}, "nodes"),
    "extra part": ({**strategy(), "layout": {}}, "document"),
    "node not an object": (changed("nodes", 2, to="BTC"), "nodes[2]"),
    "unknown kind": (changed("nodes", 2, "kind", to="oracle"), "nodes[2].kind"),
    "kind not text": (changed("nodes", 2, "kind", to=["asset"]), "nodes[2].kind"),
    "unknown field": (changed("nodes", 2, "leverage", to=5), "nodes[2]"),
    "field missing": (changed("nodes", 2, to={"id": "btc", "kind": "asset"}), "nodes[2].symbol"),
    "duplicate id": (changed("nodes", 3, "id", to="btc"), "nodes[3].id"),
    "id with a space": (changed("nodes", 3, "id", to="e th"), "nodes[3].id"),
    "duplicate symbol": (changed("nodes", 3, "symbol", to="BTC"), "nodes[3].symbol"),
    "cyrillic symbol": (changed("nodes", 2, "symbol", to="ВТС"), "nodes[2].symbol"),
    "unknown stream": (changed("nodes", 0, "stream", to="rumours"), "nodes[0].stream"),
    "unknown mode": (changed("nodes", 1, "mode", to="loud"), "nodes[1].mode"),
    "unknown engine": (changed("nodes", 4, "engine", to="oracle"), "nodes[4].engine"),
    "unknown strategy": (changed("nodes", 4, "strategy", to="martingale"), "nodes[4].strategy"),
    "rules without strategy": (changed("nodes", 5, "engine", to="rules"), "nodes[5].strategy"),
    "cadence zero": (changed("nodes", 4, "cadenceMinutes", to=0), "nodes[4].cadenceMinutes"),
    "cadence true": (changed("nodes", 4, "cadenceMinutes", to=True), "nodes[4].cadenceMinutes"),
    "cadence fraction": (changed("nodes", 4, "cadenceMinutes", to=5.0), "nodes[4].cadenceMinutes"),
    "cadence text": (changed("nodes", 4, "cadenceMinutes", to="5"), "nodes[4].cadenceMinutes"),
    "cadence too long": (changed("nodes", 4, "cadenceMinutes", to=10**30), "nodes[4].cadenceMinutes"),
    "enabled as number": (changed("nodes", 4, "enabled", to=1), "nodes[4].enabled"),
    "behaviour with NUL": (changed("nodes", 4, "behaviour", to="a\x00b"), "nodes[4].behaviour"),
    "behaviour with half a character": (changed("nodes", 4, "behaviour", to="\ud800"), "nodes[4].behaviour"),
    "behaviour too long": (changed("nodes", 4, "behaviour", to="x" * 4_001), "nodes[4].behaviour"),
    "edge to a missing node": (changed("edges", 0, "to", to="doge"), "edges[0].to"),
    "edge to itself": (changed("edges", 3, to={"from": "btc", "to": "btc"}), "edges[3]"),
    "edge backwards": (extended("edges", {"from": "a", "to": "btc"}), "edges[5]"),
    "edge that skips the asset": (extended("edges", {"from": "fast", "to": "a"}), "edges[5]"),
    "edge twice": (extended("edges", {"from": "fast", "to": "btc"}), "edges[5]"),
    "orphan stream": (extended("nodes", {"id": "x", "kind": "data_stream", "stream": "funding"}), "nodes[6]"),
    "orphan asset": (without_edge(3), "nodes[2]"),
    "asset without data": (without_edge(0), "nodes[2]"),
    "asset with every stream off": (changed("nodes", 0, "mode", to="off"), "nodes[2]"),
    "claimed twice": (extended("edges", {"from": "btc", "to": "b"}), "nodes[2]"),
    "claimed by a paused prompt": (changed("nodes", 4, "enabled", to=False), "nodes[2]"),
    "prompt without an active asset": (changed("nodes", 2, "active", to=False), "nodes[4]"),
    "too many nodes": (
        {"nodes": [{"id": f"n{i}", "kind": "asset", "symbol": f"S{i}"} for i in range(10_000)], "edges": []},
        "nodes",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_with_its_path(fault: str) -> None:
    document, path = FAULTS[fault]
    with pytest.raises(graph.GraphInvalid) as refused:
        graph.compile(document)
    assert refused.value.path == path
    assert str(refused.value).startswith(f"{path}: ")


def test_the_largest_graph_is_judged_quickly() -> None:
    symbols = [f"S{index}" for index in range(190)]
    started = time.perf_counter()
    compiled = graph.compile(graph.basic(assets=symbols, depth="deep"))
    assert time.perf_counter() - started < 0.5
    assert compiled.expanded_links == 190 * len(graph.BUNDLES["deep"])


@pytest.mark.parametrize(
    ("tier", "assets", "depth"), [("starter", 3, "fast"), ("builder", 6, "balanced"), ("pro", 10, "deep")]
)
def test_a_tier_allows_its_full_measure_and_one_asset_more_is_too_many(
    tier: str, assets: int, depth: str
) -> None:
    symbols = [f"S{index}" for index in range(assets + 1)]
    graph.check_limits(graph.compile(graph.basic(assets=symbols[:-1], depth=depth)), tier=tier)
    with pytest.raises(graph.LimitExceeded) as refused:
        graph.check_limits(graph.compile(graph.basic(assets=symbols, depth=depth)), tier=tier)
    assert refused.value.code == "ENTITLEMENT_EXCEEDED"


def test_links_are_counted_after_expansion() -> None:
    compiled = graph.compile(graph.basic(assets=["BTC"], depth="balanced"))
    with pytest.raises(graph.LimitExceeded) as refused:
        graph.check_limits(compiled, tier="starter")
    assert refused.value.path == "assets[BTC]"


def test_more_prompts_than_the_tier_allows_are_refused() -> None:
    with pytest.raises(graph.LimitExceeded):
        graph.check_limits(graph.compile(strategy()), tier="starter")


def test_a_paused_basic_clone_trades_nothing() -> None:
    compiled = graph.compile(graph.basic(assets=["BTC", "ETH"], enabled=False))
    assert (compiled.active_assets, compiled.enabled_prompts) == ((), ())


def test_basic_refuses_what_would_not_compile() -> None:
    with pytest.raises(graph.GraphInvalid):
        graph.basic(assets=["BTC", "BTC"])
    with pytest.raises(graph.GraphInvalid):
        graph.basic(assets=["BTC"], strategy="astrology")


def test_a_prompt_without_wakes_compiles_to_the_same_bytes_as_before_there_were_any() -> None:
    compiled = graph.compile(strategy())
    assert all("wakes" not in prompt for prompt in compiled.to_document()["prompts"])
    asked = graph.compile(changed("nodes", 4, "wakes", to={"priceMoveBps": 300, "stopHit": False}))
    assert asked.to_document()["prompts"][0]["wakes"] == {
        "priceMoveBps": 300,
        "stopHit": False,
        "newMarket": False,
    }
    assert graph.CompiledStrategy.from_document(asked.to_document()) == asked
    for nothing in ({}, {"stopHit": False}):
        assert graph.compile(changed("nodes", 4, "wakes", to=nothing)) == compiled


@pytest.mark.parametrize(
    ("wakes", "path"),
    [
        ([], "nodes[4].wakes"),
        ({"often": True}, "nodes[4].wakes"),
        ({"priceMoveBps": 49}, "nodes[4].wakes.priceMoveBps"),
        ({"priceMoveBps": 2001}, "nodes[4].wakes.priceMoveBps"),
        ({"priceMoveBps": "300"}, "nodes[4].wakes.priceMoveBps"),
        ({"priceMoveBps": True}, "nodes[4].wakes.priceMoveBps"),
        ({"stopHit": 1}, "nodes[4].wakes.stopHit"),
        ({"newMarket": None}, "nodes[4].wakes.newMarket"),
    ],
)
def test_a_wake_that_is_none_is_refused_by_its_path(wakes: Any, path: str) -> None:
    with pytest.raises(graph.GraphInvalid) as refused:
        graph.compile(changed("nodes", 4, "wakes", to=wakes))
    assert refused.value.path == path


def test_only_a_tier_that_pays_for_them_may_have_early_decisions() -> None:
    waking = graph.basic(assets=["BTC"], wake_stop_hit=True)
    assert [fault.code for fault in graph.check(waking, tier="starter")] == ["ENTITLEMENT_EXCEEDED"]
    assert graph.check(waking, tier="builder") == ()
    asleep = graph.basic(assets=["BTC"], wake_stop_hit=True, enabled=False)
    assert graph.check(asleep, tier="starter") == ()
