"""The catalogue of streams: every one can be named alone, and each depth fits a tier."""

import pytest

from apps.clones import graph
from apps.clones.graph.streams import expand


@pytest.mark.parametrize(("depth", "tier"), [("fast", "starter"), ("balanced", "builder"), ("deep", "pro")])
def test_each_depth_uses_no_more_links_of_an_asset_than_its_tier_allows(depth: str, tier: str) -> None:
    limits = graph.LIMITS[tier]
    assets = [f"COIN{place}" for place in range(limits.active_assets)]
    compiled = graph.compile(graph.basic(assets=assets, depth=depth))
    assert len(graph.BUNDLES[depth]) == limits.links_per_asset
    assert graph.exceeded(compiled, tier=tier) == []


def test_the_depths_of_the_smaller_tiers_are_what_they_always_were() -> None:
    assert graph.BUNDLES["fast"] == ("mark_price", "candles_1m", "funding")
    assert graph.BUNDLES["balanced"] == (*graph.BUNDLES["fast"], "candles_5m", "order_book")
    assert set(graph.BUNDLES["deep"]) - set(graph.BUNDLES["balanced"]) == {
        "candles_1h",
        "indicators",
        "positioning",
    }


@pytest.mark.parametrize("stream", graph.STREAMS)
def test_every_stream_can_be_named_alone_and_required(stream: str) -> None:
    document = graph.basic(assets=["BTC"], depth=stream)
    document["nodes"][0]["mode"] = "required"
    compiled = graph.compile(document)
    assert expand(stream) == (stream,)
    assert [(use.stream, use.mode) for use in compiled.assets[0].streams] == [(stream, "required")]


def test_the_compiler_says_that_a_depth_may_compile_to_something_else_now() -> None:
    """What was published under the older compiler keeps its own compilation and digest."""
    assert graph.COMPILER_VERSION == "graph-2"
    assert graph.compile(graph.basic(assets=["BTC"])).compiler == "graph-2"
