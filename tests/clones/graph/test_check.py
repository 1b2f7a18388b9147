"""Checking a whole document at once: every fault with its place, and never slowly."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from apps.clones import graph
from tests.clones.graph.test_compile import FAULTS, changed, extended, strategy
from tests.core.ordinary_prompts import PROMPTS


@pytest.mark.parametrize("fault", FAULTS)
def test_what_compile_refuses_first_is_among_all_faults(fault: str) -> None:
    document, path = FAULTS[fault]
    found = graph.check(document)
    assert path in {one.path for one in found}
    assert all(one.code and one.message for one in found)


def test_a_sound_document_has_no_fault() -> None:
    assert graph.check(strategy()) == ()


def test_all_faults_of_a_document_are_named_at_once() -> None:
    document = changed("nodes", 4, "cadenceMinutes", to=0)
    document["nodes"][0]["stream"] = "rumours"
    document["nodes"][3]["active"] = "yes"
    document["edges"].append({"from": "b", "to": "btc"})
    document["nodes"].append({"id": "spare", "kind": "data_stream", "stream": "funding"})
    assert {(one.path, one.code) for one in graph.check(document)} == {
        ("nodes[0].stream", "VALUE_INVALID"),
        ("nodes[3].active", "VALUE_INVALID"),
        ("nodes[4].cadenceMinutes", "VALUE_INVALID"),
        ("edges[5]", "EDGE_INVALID"),
        ("nodes[6]", "ORPHAN"),
    }


def test_a_node_without_an_identity_does_not_blame_its_edges() -> None:
    document = strategy()
    del document["nodes"][2]["id"]
    assert [(one.path, one.code) for one in graph.check(document)] == [("nodes[2].id", "FIELD_REQUIRED")]


def worded(behaviour: str) -> dict[str, Any]:
    document: dict[str, Any] = graph.basic(assets=["BTC"], behaviour=behaviour, name="Ada")
    return document


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("sk-proj-" + "a1B2" * 10, "model provider key"),
        ("0x" + "c0ffee" * 10 + "c0de", "private key"),
        ("OPENAI_API_KEY=abcd1234efgh", "assignment"),
        ("legal winner thank year wave sausage worth useful legal winner thank yellow", "seed phrase"),
    ],
)
def test_a_secret_among_an_owners_words_is_named_by_its_place_and_never_repeated(
    secret: str, kind: str
) -> None:
    document = worded(f"Buy dips.\n{secret}\nSell rips.")
    (place,) = [index for index, node in enumerate(document["nodes"]) if node["kind"] == "trading_prompt"]
    (fault,) = graph.check(document)
    assert (fault.path, fault.code) == (f"nodes[{place}].behaviour", "SECRET_IN_TEXT")
    assert kind in fault.message and "'Ada'" in fault.message and secret not in fault.message
    assert graph.compile(document).prompts[0].behaviour, "what was published before is compiled for ever"
    with pytest.raises(graph.GraphInvalid) as refused:
        graph.refuse_secrets(document)
    assert (refused.value.code, refused.value.path) == (fault.code, fault.path)


def test_what_traders_write_is_published_as_it_is() -> None:
    for text in PROMPTS:
        assert graph.check(worded(text)) == (), text


def test_limits_are_measured_only_where_a_tier_is_named_and_each_one_is() -> None:
    symbols = [f"S{index}" for index in range(11)]
    document = graph.basic(assets=symbols, depth="deep")
    assert graph.check(document) == ()
    assert graph.check(document, tier="pro")[0].code == "ENTITLEMENT_EXCEEDED"
    paths = [one.path for one in graph.check(document, tier="starter")]
    assert paths == ["nodes", *(f"assets[{symbol}]" for symbol in sorted(symbols)), "edges"]


def test_usage_counts_active_assets_after_expansion() -> None:
    document = changed("nodes", 3, "active", to=False)
    document["nodes"][5]["enabled"] = False
    used = {one.limit: (one.used, one.allowed) for one in graph.usage(graph.compile(document), "builder")}
    assert used == {
        "active_assets": (1, 6),
        "enabled_prompts": (1, 3),
        "links_per_asset": (3, 5),
        "links_in_all": (3, 30),
        "waking_prompts": (0, 1),
    }
    assert {one.allowed for one in graph.usage(graph.compile(document), None)} == {None}


def _many(count: int, make: Callable[[int], dict[str, Any]]) -> list[dict[str, Any]]:
    return [make(index) for index in range(count)]


def _asset(index: int) -> dict[str, Any]:
    return {"id": f"a{index}", "kind": "asset", "symbol": f"S{index}"}


def _stream(index: int) -> dict[str, Any]:
    return {"id": f"d{index}", "kind": "data_stream", "stream": "deep"}


PROMPT = {"id": "p", "kind": "trading_prompt", "engine": "noop", "cadenceMinutes": 5}
PATHOLOGICAL: dict[str, tuple[Any, str]] = {
    "ten thousand nodes": ({"nodes": _many(10_000, _asset), "edges": []}, "nodes"),
    "ten thousand edges": (
        {"nodes": [_asset(0), PROMPT], "edges": [{"from": "a0", "to": "p"}] * 10_000},
        "edges",
    ),
    "a million of nothing": ({"nodes": [None] * 1_000_000, "edges": []}, "nodes"),
    "two hundred of nothing": ({"nodes": [None] * 200, "edges": [None] * 1_000}, "nodes[0]"),
    "one id for all": (
        {"nodes": [{**_asset(index), "id": "x"} for index in range(200)], "edges": []},
        "nodes[1].id",
    ),
    "a cycle of assets": (
        {
            "nodes": _many(200, _asset),
            "edges": [{"from": f"a{index}", "to": f"a{(index + 1) % 200}"} for index in range(200)],
        },
        "edges[0]",
    ),
    "a cycle through all kinds": (
        extended("edges", {"from": "a", "to": "fast"}, {"from": "b", "to": "btc"}),
        "edges[5]",
    ),
    "every node joined to itself": (
        {
            "nodes": _many(200, _asset),
            "edges": [{"from": f"a{index}", "to": f"a{index}"} for index in range(200)],
        },
        "edges[0]",
    ),
    "two hundred orphans": ({"nodes": _many(200, _stream), "edges": []}, "nodes[0]"),
    "a dense net": (
        {
            "nodes": [*_many(100, _stream), *_many(10, _asset)],
            "edges": [{"from": f"d{d}", "to": f"a{a}"} for d in range(100) for a in range(10)],
        },
        "nodes[100]",
    ),
    "deep values": (changed("nodes", 0, "stream", to=[[[[[[]]]]]]), "nodes[0].stream"),
    "a name of a million letters": (changed("nodes", 4, "name", to="x" * 1_000_000), "nodes[4].name"),
    "a million fields": (
        {"nodes": [{**_asset(0), **{f"f{index}": 1 for index in range(100_000)}}, PROMPT], "edges": []},
        "nodes[0]",
    ),
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_b01_a_pathological_graph_is_refused_at_its_place_within_200_ms(name: str) -> None:
    document, path = PATHOLOGICAL[name]
    started = time.perf_counter()
    with pytest.raises(graph.GraphInvalid):
        graph.compile(document)
    faults = graph.check(document)
    assert time.perf_counter() - started < 0.2
    assert path in {one.path for one in faults}
    assert len(faults) <= 100
