"""The other pages of one's own clone in a browser: versions, profile, every width, without scripts, retired."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from apps.clones import graph, queries, services
from tests.pages.builder_world import BY, PATIENCE, START, Workshop, open_workshop, tick
from tests.pages.conftest import NARROW, WIDE, Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def workshop(built: None, visitor: Visitor, settings: Any) -> Workshop:
    settings.STRATEGY_ENGINES = ("rules", "noop", "model")
    visitor.page.set_default_timeout(PATIENCE)
    return open_workshop(visitor)


def pictured(page: Any, width: int) -> None:
    """Wait until the card shows a picture that is so many pixels wide."""
    for _ in range(100):
        if page.evaluate("document.querySelector('[data-card-image]').naturalWidth") == width:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"no picture of {width} px")


def test_versions_are_read_compared_restored_and_forked(workshop: Workshop) -> None:
    first = workshop.publish(assets=["BTC"], behaviour="Be patient.")
    workshop.publish(assets=["BTC", "ETH"], strategy="breakout")
    page = workshop.open("versions")
    page.get_by_role("link", name="What changed in version 2").click()
    told = page.locator("[data-part=comparison]").inner_text()
    assert "ETH" in told and "Be patient." in told and "Breakout" in told
    page.get_by_role("link", name="Open version 1").click()
    page.wait_for_selector(".react-flow__edge")
    page.locator(".react-flow__node[data-id=prompt]").click()
    assert page.locator(".sg-inspector textarea").is_disabled()
    assert page.locator(".sg-palette").count() == 0
    page.get_by_role("button", name="Restore version 1").click()
    page.wait_for_selector("[data-meters] .meter")
    assert workshop.draft().document == first.document
    assert page.get_by_label("Behaviour prompt").input_value() == "Be patient."
    workshop.open("versions/2")
    page.get_by_label("Name of the new clone").fill("Second wind")
    page.get_by_role("button", name="Fork version 2").click()
    page.wait_for_selector("[data-meters] .meter")
    assert page.locator("h1").inner_text() == "Second wind"
    forked = queries.list_clones().get(name="Second wind")
    assert graph.compile(queries.get_draft(forked).document).active_assets == ("BTC", "ETH")


def test_the_profile_previews_what_is_typed_and_chosen(workshop: Workshop, folder: Any) -> None:
    from PIL import Image

    picture, text = folder / "me.png", folder / "me.txt"
    Image.new("RGB", (600, 600), "#cdff3f").save(picture)
    text.write_text("no picture")
    page = workshop.open("profile")
    page.get_by_label("Name", exact=True).fill("Second wind")
    page.get_by_label("Description", exact=True).fill("x" * 281)
    assert page.locator("[data-card-name]").inner_text() == "Second wind"
    assert page.locator("[data-count-for=description]").inner_text() == "281 of 280"
    page.locator("input[type=file]").set_input_files(text)
    assert page.locator("[data-picture-error]").inner_text() == "Choose a PNG or JPEG picture."
    page.locator("input[type=file]").set_input_files(picture)
    pictured(page, 600)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_selector("text=Picture saved.")
    pictured(page, 512)
    for width in (NARROW, WIDE):
        workshop.visitor.see(width=width)


def test_no_page_of_the_workshop_scrolls_sideways(workshop: Workshop) -> None:
    workshop.publish(assets=["BTC"], behaviour="a" * 300)
    workshop.publish(assets=["ETH"], behaviour="b" * 300, engine="model")
    for tab in ("build", "publish", "versions?from=1&to=2", "versions/1", "profile"):
        page = workshop.open(tab)
        page.wait_for_load_state("networkidle")
        for width in (NARROW, {"width": 770, "height": 900}, WIDE):
            workshop.visitor.see(width=width)


def test_without_scripts_the_form_saves_and_publishes(workshop: Workshop) -> None:
    context = workshop.page.context.browser.new_context(java_script_enabled=False)
    context.add_cookies(workshop.page.context.cookies())
    page = context.new_page()
    try:
        workshop.open("build", page=page)
        assert page.locator("[data-save-state]").is_hidden()
        tick(page, "radio", "category", "major")
        page.get_by_label("Behaviour prompt").fill("Plain and simple.")
        page.get_by_role("button", name=re.compile("Save and publish")).click()
        assert "Plain and simple." in page.locator("[data-part=summary]").inner_text()
        page.get_by_role("button", name="Publish").click()
        assert "Version 1 is active." in page.locator(".notices").inner_text()
    finally:
        context.close()
    assert graph.compile(workshop.draft().document).active_assets == ("BTC", "ETH", "SOL")


def test_a_retired_clone_can_be_read_in_both_modes_and_not_changed(workshop: Workshop) -> None:
    workshop.publish(assets=["BTC"], behaviour="It was good.")
    services.moderate_clone(clone=workshop.clone, to="retired", reason="for the test", by=BY, now=START)
    page = workshop.open("build")
    expect(page.locator("[data-save-state]")).to_have_text("Read only", timeout=PATIENCE)
    assert page.get_by_label("Behaviour prompt").is_disabled()
    assert page.get_by_role("button", name="Publish", exact=True).count() == 0
    page.get_by_role("radio", name="Custom").check()
    page.locator(".react-flow__node[data-id=prompt]").click()
    assert page.locator(".sg-inspector textarea").is_disabled()
    assert page.locator(".sg-palette").count() == 0
