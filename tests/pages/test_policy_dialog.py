"""Moving an account to another policy in a browser: figures, errors at them, what changes, and the words that say it."""

from pathlib import Path

import pytest

from apps.trading import queries as trading
from tests.pages.conftest import NARROW, WIDE, Visitor
from tests.pages.test_console import sign_in

pytestmark = pytest.mark.browser


def test_an_operator_moves_an_account_in_units_of_people(visitor: Visitor, folder: Path) -> None:
    sign_in(visitor, folder)
    account = trading.list_accounts().filter(status="active")[0]
    visitor.go(f"/admin/accounts/{account.public_id}/")
    page, dialog = visitor.page, visitor.page.locator("#modal-content")
    page.locator("button.dk-act", has_text="Move to another policy").click()
    leverage = dialog.locator("[name=max_leverage]")
    leverage.wait_for()
    for width, columns in ((WIDE, 2), (NARROW, 1)):
        visitor.see(width=width)
        grid = dialog.locator(".pp-fields").first.evaluate(
            "(one) => getComputedStyle(one).gridTemplateColumns"
        )
        assert len(grid.split()) == columns
        assert dialog.evaluate("(one) => one.scrollWidth <= one.clientWidth")
        assert dialog.get_by_role("button", name="Move to another policy").is_visible()

    leverage.fill("2.5")
    leverage.press("Enter")
    dialog.get_by_text("This must be a whole number.").wait_for()
    assert leverage.evaluate("(one) => one === document.activeElement")
    leverage.fill("3")
    leverage.press("Enter")
    dialog.locator(".pp-changes").wait_for()
    assert dialog.locator(".pp-changes tbody tr").all_inner_texts() == ["Max leverage\t20\t3"]
    assert not leverage.is_visible() and account.policy_sequence == 1
    dialog.get_by_label("Reason").fill("calmer than before")
    dialog.get_by_label("Type the identifier").fill(account.public_id)
    dialog.get_by_role("button", name="Move to another policy").click()
    page.get_by_text("rules the account: Max leverage 20").wait_for()
    account.refresh_from_db()
    assert (account.policy_sequence, account.policy["max_leverage"]) == (2, 3)
