"""The page of the daily roots in a browser: the roots, their making, and the program for outsiders; it fits a phone."""

from datetime import timedelta
from pathlib import Path

import pytest

from apps.trading.models import DayRoot
from apps.trading.services import day_roots
from tests import arena_world
from tests.pages.conftest import NARROW, WIDE, Visitor

pytestmark = pytest.mark.browser


def test_a_visitor_reads_the_roots_and_how_to_check_them(visitor: Visitor, folder: Path) -> None:
    arena_world.move(arena_world.begin(folder), steps=3)
    visitor.go("/")
    page = visitor.page
    page.get_by_role("link", name="Proofs").click()
    page.wait_for_url("**/proofs")
    assert "No day is sealed yet" in page.locator("main").inner_text()
    day_roots.seal_due_days(now=arena_world.START + timedelta(days=4, minutes=5))
    page.reload()
    newest = DayRoot.objects.first()
    assert newest is not None and page.locator(".days li").count() == 4
    row = page.locator(".days li").first
    row.locator("summary").click()
    assert newest.root in row.locator(".receipt").inner_text()
    assert newest.previous_root in row.locator(".receipt").inner_text()
    assert f"{newest.date} acc_" in page.locator("pre").inner_text()
    assert page.request.get(f"{visitor.home}/static/verify_day.py").ok
    for width in (NARROW, WIDE):
        visitor.see(width=width)
    assert page.locator("h1").count() == 1
