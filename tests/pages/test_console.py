"""The operator's dashboard in a browser."""

from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from apps.trading import queries as trading
from tests import arena_world
from tests.pages.conftest import NARROW, WIDE, Visitor

pytestmark = pytest.mark.browser
PASSWORD = "a-long-password-1"


def sign_in(visitor: Visitor, folder: Path) -> None:
    """A superuser on the dashboard of an arena that has moved for a while."""
    get_user_model().objects.create_superuser("boss", "", PASSWORD)
    arena_world.move(arena_world.begin(folder), steps=14)
    visitor.go("/admin/")
    page = visitor.page
    page.get_by_label("Username").fill("boss")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".pp-dash")


def test_an_operator_signs_in_and_sees_the_house(visitor: Visitor, folder: Path) -> None:
    sign_in(visitor, folder)
    page = visitor.page
    assert "SYNTHETIC" in page.locator(".pp-source[data-kind=synthetic]").inner_text()
    assert page.locator("canvas.chart").is_visible()
    assert page.locator(".pp-health").count() > 5
    for width in (NARROW, WIDE):
        visitor.see(width=width)


def test_lists_and_rows_fit_a_phone_in_units_of_people(visitor: Visitor, folder: Path) -> None:
    sign_in(visitor, folder)
    account = trading.list_accounts()[0]
    quote = "/admin/market/quote/"
    for path in (quote, f"/admin/trading/propaccount/{account.pk}/change/", "/admin/operations/auditevent/"):
        visitor.go(path)
        for width in (NARROW, WIDE):
            visitor.see(width=width)
        assert "micros" not in visitor.page.locator("#result_list, label").first.inner_text().lower()
    visitor.go(quote)
    assert visitor.page.locator("#result_list .field-mark_micros").first.inner_text().startswith("$")


def test_an_act_asks_for_a_reason_in_fields_that_can_be_seen(visitor: Visitor, folder: Path) -> None:
    sign_in(visitor, folder)
    account = trading.list_accounts()[0]
    visitor.go(f"/admin/trading/propaccount/{account.pk}/change/")
    page = visitor.page
    page.get_by_text("Act on this account").click()
    page.locator("a:visible", has_text="Complete for ever").click()
    for name in ("reason", "confirmation"):
        field = page.locator(f"#modal-content [name={name}]")
        field.wait_for()
        assert field.evaluate("(one) => getComputedStyle(one).borderTopWidth") == "1px"
    assert page.get_by_text(account.public_id, exact=True).count() >= 1
