"""The Arena and a clone as a visitor's browser shows them."""

from pathlib import Path

import pytest

from apps.competition import queries as competition
from tests import arena_world
from tests.pages.conftest import NARROW, WIDE, Visitor

pytestmark = pytest.mark.browser


def test_the_leaderboard_shows_and_moves_without_a_reload(visitor: Visitor, folder: Path) -> None:
    now = arena_world.move(arena_world.begin(folder), steps=14)
    visitor.go("/")
    page = visitor.page
    standings = competition.arena_standings()
    assert standings
    assert page.locator("[data-list=rows] .row").count() == len(standings)
    assert "SYNTHETIC" in page.locator("[data-source]").inner_text()
    assert page.locator("[data-race] path.curve").count() > 0
    page.evaluate("window.untouched = true")
    arena_world.move(now, steps=3)
    leader = competition.arena_standings()[0]
    equity = f"${leader.equity // 1_000_000:,}"
    page.wait_for_function(
        "text => document.querySelector('.row [data-f=equity_text]').textContent.startsWith(text)", arg=equity
    )
    assert page.evaluate("window.untouched") is True
    for width in (NARROW, WIDE):
        visitor.see(width=width)


def test_a_clone_page_shows_decisions_with_their_verdicts_and_receipts(
    visitor: Visitor, folder: Path
) -> None:
    arena_world.move(arena_world.begin(folder), steps=14)
    visitor.go("/")
    page = visitor.page
    page.locator(".row-link").first.click()
    page.wait_for_selector("[data-equity] path.curve")
    assert page.locator(".decisions li:visible").count() > 0
    assert page.locator(".decisions [data-kind=hold]:visible").count() == 0
    page.get_by_label("show holds").check()
    assert page.locator(".decisions [data-kind=hold]:visible").count() > 0
    page.locator(".fills summary").first.click()
    assert "Taker fee" in page.locator(".receipt").first.inner_text()
    for width in (NARROW, WIDE):
        visitor.see(width=width)


def test_the_keyboard_reaches_the_first_clone(visitor: Visitor, folder: Path) -> None:
    arena_world.move(arena_world.begin(folder), steps=12)
    visitor.go("/")
    page = visitor.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    seen = []
    for _ in range(8):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.getAttribute('href')"))
    assert any(href and href.startswith("/clones/") for href in seen)


@pytest.mark.parametrize("path", ["/", "/auditions", "/how-it-works"])
def test_empty_pages_fit_both_widths(visitor: Visitor, path: str) -> None:
    visitor.go(path)
    for width in (NARROW, WIDE):
        visitor.see(width=width)


@pytest.mark.parametrize("path", ["/", "/auditions", "/how-it-works", "/nowhere", "clone"])
def test_every_public_page_fits_a_phone_and_has_its_landmarks(
    visitor: Visitor, folder: Path, path: str
) -> None:
    arena_world.move(arena_world.begin(folder), steps=14)
    if path == "clone":
        path = f"/clones/{competition.arena_standings()[0].clone_public_id}"
    visitor.go(path)
    page = visitor.page
    for width in (NARROW, WIDE):
        visitor.see(width=width)
    assert page.title().endswith("· Pump Party")
    assert page.locator("h1").count() == 1
    for role in ("banner", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1, role
    nameless = page.locator(
        "img:not([alt]), svg:not([aria-hidden]):not([role]), a:not(:has(*)):empty"
    ).count()
    assert nameless == 0
    if path == "/nowhere":  # the browser itself reports the status of the page that was asked for
        assert [fault for fault in visitor.faults if "404" not in fault] == []
        visitor.faults.clear()


def test_the_auditions_results_stand_newest_first(visitor: Visitor, folder: Path) -> None:
    arena_world.move(arena_world.begin(folder), steps=20)
    visitor.go("/auditions")
    shown = visitor.page.locator(".results .who b").all_inner_texts()
    ended = [(view.result_at, view.clone_name) for view in competition.list_auditions() if view.result_at]
    ended.sort(key=lambda one: one[0], reverse=True)
    assert shown and shown == [name for _, name in ended]


def test_calm_visitors_see_no_motion(visitor: Visitor) -> None:
    visitor.page.emulate_media(reduced_motion="reduce")
    visitor.go("/")
    moving = """[...document.querySelectorAll("*")].filter(
        (one) => getComputedStyle(one, "::after").animationName !== "none"
    ).length"""
    assert visitor.page.evaluate(moving) == 0
