"""The strategy builder in a browser: both modes, faults, publication, two tabs, a phone, the keyboard alone."""

from typing import Any

import pytest
from playwright.sync_api import expect

from apps.clones import graph, queries
from tests.pages.builder_world import PATIENCE, Workshop, custom, open_workshop, saved, tick, uses, wait_for
from tests.pages.conftest import NARROW, WIDE, Visitor
from tests.pages.test_islands import drag

pytestmark = pytest.mark.browser


@pytest.fixture
def workshop(built: None, visitor: Visitor, settings: Any) -> Workshop:
    settings.STRATEGY_ENGINES = ("rules", "noop", "model")
    visitor.page.set_default_timeout(PATIENCE)
    return open_workshop(visitor)


def confirm(page: Any) -> None:
    """Publish and wait for the list of versions."""
    page.get_by_role("button", name="Publish", exact=True).first.click()
    page.locator("[data-dialog-confirm]:enabled").click()
    page.wait_for_selector(".versions")


def meter(page: Any, key: str) -> str:
    return str(page.locator(f".meter[data-key={key}] b").inner_text()).replace(" ", "")


def test_basic_choices_become_a_graph_and_are_published(workshop: Workshop) -> None:
    page = workshop.open("build")
    tick(page, "radio", "category", "major")
    tick(page, "radio", "engine", "model")
    page.get_by_label("Behaviour prompt").fill("Buy strength.\nNever average down.")
    page.get_by_role("button", name="15", exact=True).click()
    wait_for(page, "saved")
    uses(page, "activeAssets", "3 / 3")
    wait_for(page, "saved")
    assert workshop.draft().document == graph.basic(
        assets=["BTC", "ETH", "SOL"],
        engine="model",
        cadence_minutes=15,
        behaviour="Buy strength.\nNever average down.",
    )
    used = graph.usage(graph.compile(workshop.draft().document), "starter")
    keys = ("activeAssets", "enabledPrompts", "linksPerAsset", "linksInAll", "wakingPrompts")
    shown = [meter(page, key) for key in keys]
    assert shown == [f"{one.used}/{one.allowed}" for one in used]
    page.get_by_role("button", name="Publish", exact=True).first.click()
    summary = page.locator("[data-dialog-body]")
    page.locator("[data-dialog-confirm]:enabled").wait_for()
    assert "Never average down." in summary.inner_text() and "AI model" in summary.inner_text()
    page.locator("[data-dialog-confirm]").click()
    page.wait_for_selector(".versions")
    version = queries.active_version(workshop.clone)
    assert version is not None and version.document == workshop.draft().document
    assert page.locator("[data-active-version]").inner_text() == "Version 1 active"


def test_an_engine_that_is_not_set_up_is_shown_and_not_offered(workshop: Workshop, settings: Any) -> None:
    settings.STRATEGY_ENGINES = ("rules", "noop")
    page = workshop.open("build")
    tile = page.locator("input[name=engine][value=model]")
    assert tile.is_disabled() and "Not set up" in page.locator("label.tile", has=tile).inner_text()
    tick(page, "radio", "builder-mode", "custom")
    palette = page.locator("[data-kind=trading_prompt]")
    palette.first.wait_for()
    assert palette.get_by_role("button", name="Add Trend", exact=True).count() == 1
    assert palette.get_by_role("button", name="Add AI model", exact=True).count() == 0


def test_basic_tells_what_is_too_much_and_saves_only_what_fits(workshop: Workshop) -> None:
    page = workshop.open("build")
    for symbol in ("ETH", "SOL", "DOGE"):
        tick(page, "checkbox", "assets", symbol)
    wait_for(page, "faulty")
    uses(page, "activeAssets", "4 / 3")
    assert (
        "uses 4 active assets; the starter tier allows 3" in page.locator("[data-problems-list]").inner_text()
    )
    assert page.get_by_role("button", name="Publish", exact=True).first.is_disabled()
    assert workshop.draft().revision == 1
    page.locator("input[name=assets][value=DOGE]").uncheck()
    saved(workshop, 2)
    assert page.locator("input[name=category][value=major]").is_checked()
    for symbol in ("BTC", "ETH", "SOL"):
        page.locator(f"input[name=assets][value={symbol}]").uncheck()
    page.wait_for_selector("[data-basic-error]:not([hidden])")
    assert page.locator("[data-basic-error]").inner_text() == "Choose at least one asset."
    assert graph.compile(workshop.draft().document).active_assets == ("BTC", "ETH", "SOL")


def test_a_graph_is_built_wrongly_corrected_and_published(workshop: Workshop) -> None:
    page = custom(workshop)
    page.get_by_role("button", name="Add ETH", exact=True).click()
    wait_for(page, "faulty")
    assert page.locator(".fault").count() == 3, "every fault, also three of one block"
    assert "ETH leads to no trading prompt" in page.locator(".react-flow__node[data-id=asset-2]").inner_text()
    drag(page, "data", "prompt")
    assert "A data stream may not lead to a trading prompt." in page.locator(".sg-notice").inner_text()
    page.locator(".react-flow__node[data-id=data]").click()
    page.locator(".fault").first.click()
    page.wait_for_selector('.sg-inspector[aria-label="Asset ETH"] input:focus')
    drag(page, "data", "asset-2")
    drag(page, "asset-2", "prompt")
    saved(workshop, 2)
    assert page.locator("[data-problems-words]").inner_text() == "No faults"
    confirm(page)
    version = queries.active_version(workshop.clone)
    assert version is not None
    assert queries.compiled(version).active_assets == ("BTC", "ETH")


def test_every_block_is_set_in_the_inspector_and_every_step_can_be_taken_back(workshop: Workshop) -> None:
    workshop.grant("pro")
    page = custom(workshop)
    page.get_by_role("button", name="Add Order book depth").click()
    page.get_by_label("BTC (asset-1)").check()
    page.get_by_role("radio", name="Required").check()
    page.locator(".react-flow__node[data-id=prompt]").click()
    page.get_by_label("Minutes between decisions").last.fill("60")
    page.get_by_label("Behaviour", exact=True).fill("Only with the book behind me.")
    uses(page, "linksPerAsset", "4 / 8")
    wait_for(page, "saved")
    strategy = graph.compile(workshop.draft().document)
    assert {use.stream: use.mode for use in strategy.assets[0].streams}["order_book"] == "required"
    assert strategy.prompts[0].cadence_minutes == 60
    assert strategy.prompts[0].behaviour == "Only with the book behind me."
    undo = page.get_by_role("button", name="Undo", exact=True)
    while undo.is_enabled():
        undo.click()
    assert page.evaluate("document.querySelector('strategy-graph').document") == graph.basic(assets=["BTC"])
    page.locator(".react-flow__node[data-id=prompt]").focus()
    page.keyboard.press("Control+Shift+Z")
    assert page.locator(".react-flow__node").count() == 5
    while page.get_by_role("button", name="Redo").is_enabled():
        page.get_by_role("button", name="Redo").click()
    wait_for(page, "saved")
    assert graph.compile(workshop.draft().document) == strategy


def test_a_paused_prompt_and_a_switched_off_stream_are_drawn_and_counted_so(workshop: Workshop) -> None:
    page = custom(workshop)
    page.locator(".react-flow__node[data-id=prompt]").click()
    page.get_by_role("switch", name="Enabled").uncheck()
    wait_for(page, "faulty")
    uses(page, "enabledPrompts", "0 / 1")
    assert "Paused" in page.locator(".react-flow__node[data-id=prompt]").inner_text()
    page.get_by_role("switch", name="Enabled").check()
    page.locator(".react-flow__node[data-id=data]").click()
    page.get_by_role("radio", name="Off").check()
    wait_for(page, "faulty")
    uses(page, "linksInAll", "0 / 9")
    assert "every data stream is off" in page.locator("[data-problems-list]").inner_text()


def test_switching_modes_keeps_the_work_or_says_why_not(workshop: Workshop) -> None:
    page = workshop.open("build")
    tick(page, "checkbox", "assets", "ETH")
    page.get_by_label("Behaviour prompt").fill("Kept.")
    page.get_by_role("radio", name="Custom").check()
    page.wait_for_selector(".react-flow__node[data-id=asset-2]")
    wait_for(page, "saved")
    page.locator(".react-flow__node[data-id=prompt]").click()
    assert page.locator(".sg-inspector textarea").input_value() == "Kept."
    page.locator(".sg-inspector select").nth(1).select_option("breakout")
    page.get_by_role("radio", name="Basic").check()
    assert page.get_by_label("Strategy of the rules").input_value() == "breakout"
    assert page.get_by_label("Behaviour prompt").input_value() == "Kept."
    page.get_by_role("radio", name="Custom").check()
    page.get_by_role("button", name="Add Funding rate").click()
    page.locator("[data-mode-choice][value=basic]").dispatch_event("click")
    banner = page.locator("[data-banner]")
    assert "Basic holds one data stream; this graph has 2." in banner.inner_text()
    assert page.get_by_role("radio", name="Custom").is_checked()
    assert page.locator(".react-flow__node[data-id=data-1]").count() == 1
    page.get_by_role("button", name="Close", exact=True).click()
    assert banner.is_hidden()


def test_b03_two_tabs_conflict_and_the_player_decides(workshop: Workshop) -> None:
    context = workshop.page.context.browser.new_context(viewport=WIDE)
    context.add_cookies(workshop.page.context.cookies())
    broken: list[str] = []
    try:
        first, second, third = (workshop.open("build", page=context.new_page()) for _ in range(3))
        for page in (first, second, third):
            page.on("pageerror", lambda error: broken.append(str(error)))
            page.wait_for_selector("[data-meters] .meter")
        first.get_by_role("radio", name="Custom").check()
        tick(second, "checkbox", "assets", "SOL")
        saved(workshop, 2, second)
        first.locator(".react-flow__node[data-id=prompt]").click()
        first.get_by_label("Name", exact=True).fill("Mine")
        wait_for(first, "conflict")
        assert "saved somewhere else" in first.locator("[data-banner]").inner_text()
        assert "revision 2, not 1" in first.locator("[data-banner]").inner_text()
        assert graph.compile(workshop.draft().document).active_assets == ("BTC", "SOL"), "theirs stands"
        first.get_by_role("button", name="Keep mine").click()
        saved(workshop, 3, first)
        assert graph.compile(workshop.draft().document).prompts[0].name == "Mine"
        tick(third, "checkbox", "assets", "DOGE")
        wait_for(third, "conflict")
        third.get_by_role("button", name="Take theirs").click()
        saved(workshop, 3, third)
        assert not third.locator("input[name=assets][value=DOGE]").is_checked()
        assert third.locator("[data-banner]").is_hidden()
        assert graph.compile(workshop.draft().document).active_assets == ("BTC",)
    finally:
        context.close()
    assert broken == []


def test_unsaved_work_comes_back_after_the_page_is_left(workshop: Workshop) -> None:
    page = custom(workshop)
    page.get_by_role("button", name="Add ETH", exact=True).click()
    wait_for(page, "faulty")
    page.on("dialog", lambda dialog: dialog.accept())
    workshop.open("versions")
    workshop.open("build")
    page.wait_for_selector(".react-flow__node[data-id=asset-2]")
    assert "brought back" in page.locator("[data-banner]").inner_text()
    assert workshop.draft().revision == 1
    page.get_by_role("button", name="Discard it").click()
    wait_for(page, "saved")
    assert page.evaluate("document.querySelector('strategy-graph').document") == workshop.draft().document


def test_a_refusal_of_the_server_is_shown_by_its_detail(workshop: Workshop) -> None:
    page = custom(workshop)
    page.context.clear_cookies()
    page.get_by_role("button", name="Add ETH", exact=True).click()
    wait_for(page, "failed")
    assert "Try again" in page.locator("[data-banner]").inner_text()
    assert "Sign in again" in page.locator("[data-banner]").inner_text()
    assert all("40" in fault for fault in workshop.visitor.faults)
    workshop.visitor.faults.clear()


def test_on_a_phone_the_graph_is_a_list_with_the_same_inspector(workshop: Workshop) -> None:
    workshop.page.set_viewport_size(NARROW)
    page = workshop.open("build")
    page.get_by_role("radio", name="Custom").check()
    page.wait_for_selector(".sg-list")
    assert page.locator(".react-flow").count() == 0
    page.get_by_role("button", name="Add ETH", exact=True).click()
    page.get_by_label("Fast (data)").check()
    page.get_by_label("Trader (prompt)").check()
    workshop.visitor.see(width=NARROW)
    page.locator("[data-node=prompt] > button").click()
    page.get_by_label("Behaviour", exact=True).fill("From the train.")
    expect(page.locator("[data-save-state]")).not_to_have_text("Saved · revision 2", timeout=PATIENCE)
    wait_for(page, "saved")
    page.get_by_role("button", name="Publish", exact=True).first.click()
    page.locator("[data-dialog-confirm]:enabled").wait_for()
    workshop.visitor.see(width=NARROW)
    page.locator("[data-dialog-confirm]").click()
    page.wait_for_selector(".versions")
    version = queries.active_version(workshop.clone)
    assert version is not None
    strategy = queries.compiled(version)
    assert strategy.active_assets == ("BTC", "ETH")
    assert strategy.prompts[0].behaviour == "From the train."


def test_the_keyboard_alone_builds_joins_and_publishes(workshop: Workshop) -> None:
    page = custom(workshop)
    add = page.get_by_role("button", name="Add SOL", exact=True)
    add.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector('.sg-inspector[aria-label="Asset SOL"] input:focus')
    for step in ("the switch", "Fed by", "Leads to"):
        page.keyboard.press("Tab")
        if step != "the switch":
            page.keyboard.press("Space")
    page.wait_for_selector("text=No faults")
    wait_for(page, "saved")
    assert graph.compile(workshop.draft().document).active_assets == ("BTC", "SOL")
    page.get_by_role("button", name="Publish", exact=True).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-dialog-confirm]:focus")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog:not([open])", state="attached")
    assert queries.active_version(workshop.clone) is None
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-dialog-confirm]:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector(".versions")
    assert queries.active_version(workshop.clone) is not None


def test_a_block_is_dropped_where_it_is_wanted_and_arranging_tidies_up(workshop: Workshop) -> None:
    page = custom(workshop)
    pane = page.locator(".react-flow__pane")
    page.get_by_role("button", name="Add DOGE", exact=True).drag_to(pane, target_position={"x": 700, "y": 60})
    dropped = page.locator(".react-flow__node[data-id=asset-2]")
    dropped.wait_for()
    before = dropped.bounding_box()
    frame = pane.bounding_box()
    assert abs(before["x"] - frame["x"] - 700) < 140 and abs(before["y"] - frame["y"] - 60) < 80
    page.get_by_role("button", name="Arrange").click()
    page.wait_for_timeout(400)
    column = page.locator(".react-flow__node[data-id=asset-1]").bounding_box()
    assert dropped.bounding_box()["x"] == pytest.approx(column["x"], abs=2)
    assert page.evaluate("document.querySelector('strategy-graph').document.nodes.at(-1)") == {
        "id": "asset-2",
        "kind": "asset",
        "symbol": "DOGE",
        "active": True,
    }


def test_the_list_is_there_on_a_wide_window_too(workshop: Workshop) -> None:
    page = custom(workshop)
    page.get_by_role("button", name="Show as list").click()
    page.locator("[data-node=asset-1] > button").click()
    assert page.get_by_label("Symbol").input_value() == "BTC"
    page.get_by_role("button", name="Show as graph").click()
    assert page.locator(".react-flow__node.selected[data-id=asset-1]").count() == 1
