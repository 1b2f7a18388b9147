"""The islands of the pages in a browser: the chart draws and grows, the strategy editor edits."""

import json
from typing import Any

import pytest

from apps.clones import graph
from tests.pages.conftest import NARROW, WIDE, Visitor

pytestmark = pytest.mark.browser

EQUITY = {"series": [{"name": "Alpha", "hue": "#cdff3f", "points": [[0, 0], [60_000, 120], [120_000, -40]]}]}
PAGE = """<!doctype html><html lang="en"><head><title>Islands</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/css/tokens.css">
<link rel="stylesheet" href="/static/islands/equity-chart.css">
<link rel="stylesheet" href="/static/islands/strategy-graph.css">
<script type="module" src="/static/islands/equity-chart.js"></script>
<script type="module" src="/static/islands/strategy-graph.js"></script></head><body>
<script id="equity" type="application/json">%(equity)s</script>
<script id="strategy" type="application/json">%(strategy)s</script>
<equity-chart source="equity" unit="bps" label="Profit and loss">The table below has the figures.</equity-chart>
<form><strategy-graph source="strategy" name="document">The form below does the same.</strategy-graph></form>
</body></html>"""


@pytest.fixture
def islands(built: None, visitor: Visitor) -> Visitor:
    """A page with both islands; every `change` of the editor is kept in `window.changes`."""
    document = graph.basic(assets=["BTC", "ETH"])
    html = PAGE % {"equity": json.dumps(EQUITY), "strategy": json.dumps(document)}
    visitor.page.route(
        f"{visitor.home}/islands-test", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    visitor.go("/islands-test")
    visitor.page.wait_for_selector(".react-flow__edge")
    visitor.page.evaluate(
        """() => { window.changes = [];
        document.querySelector('form').addEventListener('change', e => changes.push(e.detail?.document)); }"""
    )
    return visitor


def document_of(page: Any) -> dict[str, Any]:
    return page.evaluate("document.querySelector('strategy-graph').document")


def edges_of(page: Any) -> set[tuple[str, str]]:
    return {(edge["from"], edge["to"]) for edge in document_of(page)["edges"]}


def drag(page: Any, source: str, target: str) -> None:
    """Drag from the outgoing dot of one node to the incoming dot of another."""
    start = page.locator(f".react-flow__node[data-id={source}] .source").bounding_box()
    end = page.locator(f".react-flow__node[data-id={target}] .target").bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=8)
    page.mouse.up()


def test_the_chart_draws_and_takes_live_points(islands: Visitor) -> None:
    page = islands.page
    summary = page.locator(".equity-chart-summary")
    assert page.locator("equity-chart canvas").first.is_visible()
    assert page.locator("equity-chart a[href*=tradingview]").count() == 1
    assert summary.inner_text() == "Profit and loss: Alpha −0.40%"
    chart = "document.querySelector('equity-chart')"
    assert page.evaluate(f"{chart}.append('Alpha', [[180000, 250]])") is True
    assert page.evaluate(f"{chart}.append('Nobody', [[180000, 250]])") is False
    assert summary.inner_text() == "Profit and loss: Alpha +2.50%"
    page.evaluate(f"{chart}.append('Alpha', [[30000, 7]])")
    assert summary.inner_text() == "Profit and loss: Alpha +2.50%"
    page.evaluate(f"document.body.append({chart})")
    assert summary.inner_text() == "Profit and loss: Alpha +2.50%", "a moved chart forgot its live points"
    assert page.locator("equity-chart canvas").first.is_visible()
    for width in (NARROW, WIDE):
        islands.see(width=width)


def test_the_editor_shows_a_compiled_document_and_sends_it_with_its_form(islands: Visitor) -> None:
    page = islands.page
    assert page.locator(".react-flow__node").count() == 5, "four blocks and the clone"
    assert page.locator(".react-flow__edge").count() == 5
    assert document_of(page) == graph.basic(assets=["BTC", "ETH"])
    sent = page.evaluate("new FormData(document.querySelector('form')).get('document')")
    assert json.loads(sent) == graph.basic(assets=["BTC", "ETH"])
    for width in (NARROW, WIDE):
        islands.see(width=width)


def test_a_dragged_edge_is_kept_and_an_impossible_one_is_refused_with_words(islands: Visitor) -> None:
    page = islands.page
    page.evaluate("document.querySelector('strategy-graph').symbols = ['BTC', 'ETH', 'DOGE']")
    page.get_by_role("button", name="Add DOGE").click()
    drag(page, "data", "prompt")
    assert "may not lead to" in page.locator(".sg-notice").inner_text()
    assert ("data", "prompt") not in edges_of(page)
    drag(page, "data", "asset-3")
    drag(page, "asset-3", "prompt")
    assert {("data", "asset-3"), ("asset-3", "prompt")} <= edges_of(page)
    last = page.evaluate("window.changes.at(-1)")
    assert [asset.symbol for asset in graph.compile(last).assets] == ["BTC", "DOGE", "ETH"]


def test_the_keyboard_adds_connects_changes_and_deletes(islands: Visitor) -> None:
    page = islands.page
    page.get_by_role("button", name="Add Other asset").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".sg-inspector input:focus")
    page.keyboard.type("SOL")
    page.keyboard.press("Enter")
    for _ in ("the switch", "fed by", "leads to"):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert ("asset-3", "prompt") in edges_of(page)
    page.locator(".react-flow__node[data-id=data]").focus()
    page.keyboard.press("Enter")
    page.get_by_label("SOL (asset-3)").press("Space")
    assets = graph.compile(page.evaluate("window.changes.at(-1)")).assets
    assert [asset.symbol for asset in assets] == ["BTC", "ETH", "SOL"]
    page.locator(".react-flow__node[data-id=asset-3]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Delete")
    page.wait_for_selector(".react-flow__node[data-id=asset-3]", state="detached")
    assert page.evaluate("window.changes.at(-1)") == graph.basic(assets=["BTC", "ETH"])
    assert page.evaluate("window.changes.every(Boolean)")


def test_faults_stand_at_their_node_and_field_and_reading_changes_nothing(islands: Visitor) -> None:
    page = islands.page
    page.evaluate(
        """() => { const editor = document.querySelector('strategy-graph');
        editor.errors = {'nodes[3].behaviour': 'is too bold', 'edges': 'uses 40 links'}; }"""
    )
    page.wait_for_selector(".react-flow__node[data-id=prompt] >> text=is too bold")
    assert "uses 40 links" in page.locator(".sg-notice").inner_text()
    page.evaluate("document.querySelector('strategy-graph').readonly = true")
    page.locator(".react-flow__node[data-id=prompt]").click()
    field = page.get_by_label("Behaviour")
    assert field.is_disabled()
    assert field.get_attribute("aria-invalid") == "true"
    assert page.locator(".sg-palette").count() == 0
    page.locator(".react-flow__node[data-id=prompt]").focus()
    page.keyboard.press("Delete")
    assert page.locator(".react-flow__node").count() == 5
    assert page.evaluate("window.changes") == []


def test_an_editor_made_by_a_script_takes_its_document_before_and_after_it_is_placed(
    islands: Visitor,
) -> None:
    page = islands.page
    small = graph.basic(assets=["SOL"])
    page.evaluate(
        """given => { const made = document.createElement('strategy-graph');
        made.document = given; document.body.replaceChildren(made); }""",
        small,
    )
    page.wait_for_function("document.querySelectorAll('.react-flow__edge').length === 3")
    page.evaluate("given => { document.querySelector('strategy-graph').document = given; }", large_document())
    page.wait_for_function("document.querySelectorAll('.react-flow__edge').length === 13")
    assert document_of(page) == large_document()
    refused = page.evaluate(
        """() => { try { document.querySelector('strategy-graph').document = {nodes: 3}; } catch (error) {
        return String(error); } }"""
    )
    assert refused == "TypeError: nodes: must be a list"
    assert document_of(page) == large_document()


def large_document() -> dict[str, Any]:
    return graph.basic(assets=["BTC", "ETH", "SOL", "DOGE", "XRP", "ADA"])
