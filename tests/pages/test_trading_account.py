"""A prop account's page in a browser: reached from the leaderboard, unfolds its receipts and seals, fits a phone."""

from pathlib import Path

import pytest
from django.test import Client

from apps.competition import queries as competition
from apps.trading import queries as trading
from tests import arena_world
from tests.pages.conftest import NARROW, WIDE, Visitor
from tests.users.signing import wallet
from tests.web.people import enter
from tests.web.test_my import make
from tests.web.test_trading_account import put_stop

pytestmark = pytest.mark.browser


def test_a_visitor_follows_the_money_from_the_leaderboard(visitor: Visitor, folder: Path) -> None:
    arena_world.move(arena_world.begin(folder), steps=14)
    standing = competition.arena_standings()[0]
    account = trading.get_account(standing.account_public_id)
    visitor.go("/")
    page = visitor.page
    page.get_by_role("link", name=f"Account of {standing.clone_name}").click()
    page.wait_for_url(f"**/accounts/{account.public_id}")
    page.wait_for_selector("[data-equity] path.curve")
    assert page.locator(".fall dd").last.inner_text() == page.locator(".tiles dd").nth(2).inner_text()
    page.locator(".fills:not(.ledger) summary").first.click()
    assert "Walk into the book" in page.locator(".receipt").first.inner_text()
    page.locator(".ledger summary").first.click()
    assert account.ledger_head in page.locator(".ledger .receipt").nth(1).inner_text()
    page.get_by_text("Check it yourself").click()
    assert "verify_account.py" in page.locator(".verify pre").inner_text()
    for width in (NARROW, WIDE):
        visitor.see(width=width)
    page.set_viewport_size(NARROW)
    tops = [page.locator(f"#{part}-title").bounding_box()["y"] for part in ("equity", "positions", "money")]
    assert tops == sorted(tops), "on a phone the positions come before the money"
    assert page.locator("h1").count() == 1


def test_an_owner_watches_a_running_audition_and_what_stands_in_it(visitor: Visitor, folder: Path) -> None:
    arena_world.move(arena_world.begin(folder), steps=2)
    client = Client()
    player = enter(client, wallet(20))
    clone = make(player, "Paid", published=True, paid=True)
    client.post(f"/my/clones/{clone.public_id}/audition")
    account = trading.list_accounts(clone=clone).get()
    put_stop(account)
    visitor.go(f"/accounts/{account.public_id}")
    assert visitor.page.get_by_text("Private until it is over").count() == 0
    kept = [
        {"name": name, "value": cookie.value, "url": visitor.home} for name, cookie in client.cookies.items()
    ]
    visitor.page.context.add_cookies(kept)
    visitor.faults.clear()
    visitor.go(f"/accounts/{account.public_id}")
    page = visitor.page
    assert page.get_by_text("Private until it is over").is_visible()
    assert "Stop" in page.locator("section", has_text="Standing exits").last.inner_text()
    for width in (NARROW, WIDE):
        visitor.see(width=width)
