"""The market as a visitor's browser shows it: the list, an asset with its charts, the page about the data."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from apps.market.services import ingest, sources
from tests import arena_world
from tests.pages.conftest import NARROW, WIDE, Visitor

pytestmark = pytest.mark.browser
CHART = "document.querySelector('market-chart')"


@pytest.fixture
def market(built: None, visitor: Visitor) -> Visitor:
    sources.select(wanted="synthetic", recording=None, seed=7, now=arena_world.START)
    ingest.ingest_all(now=arena_world.START)
    arena_world.show_time(arena_world.START)
    return visitor


def bars(page: Any) -> list[int]:
    times: list[int] = page.evaluate(f"{CHART}.bars.map((bar) => bar.time)")
    return times


def test_a_visitor_goes_from_the_list_to_an_asset_its_older_candles_and_the_data(market: Visitor) -> None:
    market.go("/market")
    page = market.page
    assert page.locator(".market-table tbody tr").count() == 8
    filters = page.get_by_role("navigation", name="Categories")
    filters.get_by_role("link", name="Memes").click()
    page.wait_for_url("**category=meme")
    assert page.locator(".market-table tbody tr").all_inner_texts()[0].startswith("DOGE")
    filters.get_by_role("link", name="All").click()
    page.wait_for_url("**/market")
    for width in (NARROW, WIDE):
        market.see(width=width)
    page.locator("tr[data-symbol=BTC]").click()
    page.wait_for_url("**/market/BTC")
    page.wait_for_function(f"() => {CHART}.bars.length > 50")
    assert page.locator("market-chart canvas").first.is_visible()
    page.get_by_role("button", name="1m", exact=True).click()
    page.wait_for_function(f"() => {CHART}.bars.length === 300 && {CHART}.interval === '1m'")
    newest = bars(page)
    page.get_by_role("button", name="Older").click()
    page.wait_for_function(f"() => {CHART}.bars.length > 300")
    times = bars(page)
    assert times[-300:] == newest
    assert {after - before for before, after in pairwise(times)} == {60}
    page.get_by_role("link", name="Where the data come from").click()
    assert page.locator(".channels li").count() >= 4
    for width in (NARROW, WIDE):
        market.see(width=width)


def test_scrolling_to_the_beginning_loads_what_is_before_it(market: Visitor) -> None:
    market.go("/market/ETH")
    page = market.page
    page.get_by_role("button", name="1m", exact=True).click()
    page.wait_for_function(f"() => {CHART}.bars.length === 300")
    box = page.locator("market-chart .market-chart-plot").bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 100)
    for _ in range(6):
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] - 120, box["y"] + 100, steps=6)
        page.mouse.up()
        page.mouse.move(box["x"] + 40, box["y"] + 100)
    page.wait_for_function(f"() => {CHART}.bars.length > 300")


def test_studies_are_switched_and_new_candles_arrive_without_a_reload(market: Visitor, folder: Path) -> None:
    market.go("/market/SOL")
    page = market.page
    page.wait_for_function(f"() => {CHART}.bars.length > 0")
    for name in ("Bollinger", "RSI 14", "MACD", "SMA 20"):
        button = page.get_by_role("button", name=name)
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="EMA 20").click()
    page.get_by_role("button", name="RSI 14").click()
    assert "last close" in page.locator("market-chart .market-chart-summary").inner_text()
    last = bars(page)[-1]
    page.evaluate("window.untouched = true")
    later = arena_world.START + timedelta(minutes=10)
    arena_world.show_time(later)
    ingest.ingest_all(now=later)
    page.wait_for_function(f"() => {CHART}.bars.at(-1).time > {last}")
    assert page.evaluate("window.untouched") is True
    for width in (NARROW, WIDE):
        market.see(width=width)


def test_a_chart_says_that_the_market_does_not_answer_and_recovers(market: Visitor) -> None:
    page = market.page
    page.route("**/api/v1/assets/**", lambda route: route.fulfill(status=503, body="{}"))
    market.go("/market/BTC")
    page.wait_for_selector("market-chart .market-chart-status >> text=does not answer")
    page.unroute("**/api/v1/assets/**")
    page.wait_for_function(f"() => {CHART}.bars.length > 0")
    assert page.locator("market-chart .market-chart-status").is_hidden()
    assert [fault for fault in market.faults if "503" not in fault] == []
    market.faults.clear()


@pytest.mark.parametrize("path", ["/market", "/market/data", "/market/BTC", "/market/NOPE"])
def test_every_market_page_has_its_landmarks_and_fits_a_phone(market: Visitor, path: str) -> None:
    market.go(path)
    page = market.page
    for width in (NARROW, WIDE):
        market.see(width=width)
    assert page.title().endswith("· Pump Party")
    assert page.locator("h1").count() == 1
    for role in ("banner", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1, role
    assert (
        page.locator(
            "img:not([alt]), svg:not([aria-hidden]):not([role]):not([aria-hidden] *), a:not(:has(*)):empty"
        ).count()
        == 0
    )
    if path == "/market/NOPE":
        assert [fault for fault in market.faults if "404" not in fault] == []
        market.faults.clear()
