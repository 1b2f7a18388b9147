"""The operator's dashboard in a browser."""

from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from tests import arena_world
from tests.pages.conftest import NARROW, WIDE, Visitor

pytestmark = pytest.mark.browser
PASSWORD = "a-long-password-1"


def test_an_operator_signs_in_and_sees_the_house(visitor: Visitor, folder: Path) -> None:
    get_user_model().objects.create_superuser("boss", "", PASSWORD)
    arena_world.move(arena_world.begin(folder), steps=14)
    visitor.go("/admin/")
    page = visitor.page
    page.get_by_label("Username").fill("boss")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".pp-dash")
    assert "SYNTHETIC" in page.locator(".pp-source").inner_text()
    assert page.locator("canvas.chart").is_visible()
    assert page.locator(".pp-health").count() > 5
    for width in (NARROW, WIDE):
        visitor.see(width=width)
