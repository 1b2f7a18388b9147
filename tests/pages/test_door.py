"""The player's door in a browser: in with a wallet, one's own clones and account, and out again."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from apps.clones.models import Clone
from apps.core import limits
from apps.operations import clock
from apps.users import queries as users
from apps.users.models import Session, User
from apps.users.services.sign_in import sign_in
from apps.users.types import ClientInfo
from tests import arena_world
from tests.pages.conftest import NARROW, WIDE, Visitor
from tests.pages.wallets import BrowserWallet
from tests.users.signing import ask

pytestmark = pytest.mark.browser
FOCUSED = """() => { const one = document.activeElement, style = getComputedStyle(one);
  const label = one.labels?.[0]?.innerText ?? one.ariaLabel ?? one.innerText ?? '';
  return { name: label.trim(), outline: style.outlineStyle }; }"""
SLOW_WALLET = """window.addEventListener('eip6963:requestProvider', () => {
  const answers = { eth_requestAccounts: ['0x' + '1'.repeat(40)], eth_chainId: '0x18c7' };
  const never = new Promise(resolve => { window.slowAnswer = resolve; });
  const provider = { request: ({ method }) => method in answers ? Promise.resolve(answers[method]) : never };
  window.dispatchEvent(new CustomEvent('eip6963:announceProvider',
    { detail: { info: { uuid: 'slow', name: 'Slow Wallet', icon: 'https://tracker.example/i.png' }, provider } }));
});"""
DECLINED = {"code": 4001, "message": "User rejected the request."}


@pytest.fixture
def door(built: None, visitor: Visitor, settings: Any) -> Iterator[Visitor]:
    """A visitor of a site at which one may sign in."""
    settings.SIGNIN_DOMAINS = [visitor.home.removeprefix("http://")]
    cache.clear()
    limits.forget()
    yield visitor
    limits.forget()


def enter(door: Visitor) -> None:
    """Sign in by the page."""
    door.go("/sign-in")
    door.page.get_by_role("button", name="Corner Wallet").click()
    door.page.wait_for_url(f"{door.home}/my")


def said(door: Visitor) -> str:
    """What the door says went wrong."""
    door.page.wait_for_selector(".wp-said[data-tone=bad]")
    text: str = door.page.locator(".wp-said").inner_text()
    return text


def player(wallet: BrowserWallet) -> User:
    return User.objects.get(wallets__address=wallet.account.address.lower())


def test_a_player_signs_in_makes_a_clone_ends_a_device_and_leaves(door: Visitor) -> None:
    wallet = BrowserWallet().put_into(door.page)
    page = door.page
    enter(door)
    assert wallet.asked == ["eth_requestAccounts", "eth_chainId", "personal_sign"]
    assert wallet.signed[0].startswith(f"{door.home.removeprefix('http://')} wants you to sign in")
    assert page.get_by_role("heading", name="Make your first clone").is_visible()
    for width in (NARROW, WIDE):
        door.see(width=width)

    page.get_by_label("Name of a new clone").fill("Night Owl")
    page.get_by_role("button", name="Create clone").click()
    page.wait_for_url("**/build")
    door.go("/my")
    assert page.locator(".card h2").inner_text() == "Night Owl"
    assert page.locator(".card .chip").first.inner_text() == "Setup required"
    assert page.get_by_role("link", name="Finish setup (Night Owl)").is_visible()
    for width in (NARROW, WIDE):
        door.see(width=width)

    elsewhere = enter_elsewhere(wallet, door)
    door.go("/my/account")
    rows = page.locator("[data-session]")
    assert rows.count() == 2
    assert page.locator("[data-session]", has_text="This device").inner_text().startswith("Chrome on Linux")
    page.locator(f"[data-session={elsewhere}]").get_by_role("button").click()
    page.get_by_text("That device is signed out.").wait_for()
    assert rows.count() == 1
    for width in (NARROW, WIDE):
        door.see(width=width)

    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(door.home + "/")
    assert page.get_by_role("link", name="Sign in").is_visible()
    assert users.list_sessions(player(wallet), now=clock.real_now()).count() == 0
    door.go("/my")
    assert page.url.endswith("/sign-in?next=%2Fmy")


def enter_elsewhere(wallet: BrowserWallet, door: Visitor) -> str:
    """Sign the same wallet in from another device; returns that sign-in's id."""
    client = ClientInfo(address="203.0.113.9", user_agent="curl/8.5.0")
    site, now = door.home.removeprefix("http://"), clock.real_now()
    issued = ask(wallet.account, now=now, domain=site, uri=f"{door.home}/sign-in", client=client)
    opened = sign_in(message=issued.message, signature=wallet.sign(issued.message), client=client, now=now)
    return opened.session.public_id


def test_who_declines_reads_what_to_do_and_may_try_again(door: Visitor) -> None:
    wallet = BrowserWallet().put_into(door.page)
    wallet.refuses["eth_requestAccounts"] = DECLINED
    door.go("/sign-in?next=/my/account")
    page = door.page
    page.get_by_role("button", name="Corner Wallet").click()
    assert "was declined" in said(door)
    wallet.refuses = {"personal_sign": DECLINED}
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("You declined to sign.").wait_for()
    assert page.locator(".wp-steps [data-state=failed] b").inner_text() == "Sign the message"
    for width in (NARROW, WIDE):
        door.see(width=width)
    wallet.refuses = {}
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url(f"{door.home}/my/account")


def test_a_wallet_on_another_network_is_switched_or_told_where_to_go(door: Visitor) -> None:
    wallet = BrowserWallet(chain=1).put_into(door.page)
    wallet.refuses["wallet_switchEthereumChain"] = DECLINED
    door.go("/sign-in")
    page = door.page
    page.get_by_role("button", name="Corner Wallet").click()
    words = said(door)
    assert "on chain 1" in words and "MegaETH (chain 4326)" in words
    assert wallet.signed == []
    wallet.refuses = {}
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url(f"{door.home}/my")
    assert wallet.chain == 4326
    assert "Chain ID: 4326" in wallet.signed[0]


def test_a_signature_of_another_account_and_a_flood_are_told_in_words(door: Visitor) -> None:
    wallet = BrowserWallet().put_into(door.page)
    other = BrowserWallet()
    wallet.sign = other.sign  # type: ignore[method-assign]
    door.go("/sign-in")
    page = door.page
    page.get_by_role("button", name="Corner Wallet").click()
    assert "not from the account you connected" in said(door)
    for _ in range(5):
        page.get_by_role("button", name="Try again").click()
        page.wait_for_selector(".wp-said[data-tone=bad]")
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("too many tries").wait_for()
    assert re.search(r"Wait \d+ seconds", said(door))
    expect_faults(door, "the server responded with a status of 401", "429")


def test_without_a_wallet_and_without_scripts_the_page_says_what_to_do(door: Visitor, browser: Any) -> None:
    door.go("/sign-in")
    assert door.page.get_by_text("No wallet found in this browser.").is_visible()
    plain = browser.new_context(java_script_enabled=False, viewport=NARROW)
    page = plain.new_page()
    page.goto(f"{door.home}/sign-in")
    page.get_by_text("Signing in needs JavaScript.").wait_for(state="visible")
    plain.close()


def test_a_wallet_that_announces_nothing_is_found_on_the_window(door: Visitor) -> None:
    wallet = BrowserWallet().put_into(door.page, announced=False)
    door.go("/sign-in")
    door.page.get_by_role("button", name="Browser wallet").click()
    door.page.wait_for_url(f"{door.home}/my")
    assert player(wallet).is_active


def test_a_wallet_that_never_answers_can_be_left_for_another(door: Visitor) -> None:
    page = door.page
    page.add_init_script(SLOW_WALLET)
    wallet = BrowserWallet().put_into(page)
    door.go("/sign-in")
    page.get_by_role("button", name="Slow Wallet").click()
    page.wait_for_selector("[data-step=sign][data-state=doing]")
    assert page.locator("[aria-current=step]").inner_text() == "Sign the message"
    for width in (NARROW, WIDE):
        door.see(width=width)
    page.get_by_role("button", name="Use another wallet").click()
    assert page.locator(".wp-wallet").all_inner_texts() == ["Corner Wallet", "S\nSlow Wallet"]
    page.evaluate("slowAnswer('0x12')")
    page.get_by_role("button", name="Corner Wallet").click()
    page.wait_for_url(f"{door.home}/my")
    assert player(wallet).wallets.count() == 1


def test_another_wallet_is_linked_after_a_fresh_sign_in_only(door: Visitor) -> None:
    wallet = BrowserWallet().put_into(door.page)
    enter(door)
    user = player(wallet)
    page = door.page
    wallet.account = BrowserWallet().account
    door.go("/my/account")
    page.get_by_text("Link another wallet").click()
    page.get_by_role("button", name="Corner Wallet").click()
    page.get_by_text("is linked: it opens this account").wait_for()
    assert users.list_wallets(user).count() == 2
    page.get_by_text("Link another wallet").click()
    page.get_by_role("button", name="Corner Wallet").click()
    assert "linked to an account already" in said(door)
    Session.objects.update(authenticated_at=clock.real_now() - timedelta(minutes=11))
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("link", name="Sign in again").wait_for()
    door.go("/my/account")
    assert page.get_by_text("Link another wallet").count() == 0
    page.get_by_role("link", name="Sign in again to link a wallet").click()
    page.get_by_role("button", name="Corner Wallet").click()
    page.wait_for_url(f"{door.home}/my/account")
    assert page.get_by_text("Link another wallet").count() == 1
    expect_faults(door, "status of 409", "status of 403")


def test_the_keyboard_alone_gets_in_makes_a_clone_and_gets_out(door: Visitor) -> None:
    BrowserWallet().put_into(door.page)
    door.go("/")
    tab_to(door, "Sign in")
    door.page.keyboard.press("Enter")
    door.page.wait_for_selector(".wp-wallet")
    tab_to(door, "Corner Wallet")
    door.page.keyboard.press("Enter")
    door.page.wait_for_url(f"{door.home}/my")
    tab_to(door, "Name of a new clone")
    door.page.keyboard.type("Keys")
    door.page.keyboard.press("Enter")
    door.page.wait_for_url("**/build")
    door.go("/my")
    tab_to(door, "Account of")
    door.page.keyboard.press("Enter")
    tab_to(door, "Sign out")
    door.page.keyboard.press("Enter")
    door.page.get_by_role("link", name="Sign in").wait_for()


def tab_to(door: Visitor, name: str) -> None:
    """Press Tab until what has the focus is called so, and the focus can be seen."""
    for _ in range(40):
        door.page.keyboard.press("Tab")
        found = door.page.evaluate(FOCUSED)
        if found["name"].startswith(name):
            assert found["outline"] != "none", f"the focus on {name} cannot be seen"
            return
    raise AssertionError(f"Tab does not lead to {name}")


def test_the_menu_of_a_small_screen_opens_closes_and_leads_on(door: Visitor) -> None:
    BrowserWallet().put_into(door.page)
    enter(door)
    page = door.page
    for width in ({"width": 320, "height": 640}, NARROW):
        door.see(width=width)
    assert page.get_by_role("link", name="Auditions").is_hidden()
    page.get_by_role("button", name="Menu").click()
    door.see(width=NARROW)
    page.keyboard.press("Escape")
    assert page.get_by_role("link", name="Auditions").is_hidden()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Auditions").click()
    page.wait_for_url("**/auditions")


def test_the_cards_of_trading_clones_move_without_a_reload(door: Visitor, folder: Path) -> None:
    now = arena_world.move(arena_world.begin(folder), steps=8)
    wallet = BrowserWallet().put_into(door.page)
    page = door.page
    enter(door)
    Clone.objects.update(owner=player(wallet))
    page.clock.install()
    door.go("/my")
    before = page.locator(".card-equity b").all_inner_texts()
    assert before
    for width in (NARROW, WIDE):
        door.see(width=width)
    arena_world.move(now, steps=2)
    page.clock.run_for(16_000)
    page.wait_for_function(
        "was => [...document.querySelectorAll('.card-equity b')].map(one => one.innerText).join() !== was",
        arg=",".join(before),
    )


def test_a_clone_is_deleted_by_its_typed_name_only(door: Visitor) -> None:
    BrowserWallet().put_into(door.page)
    enter(door)
    page = door.page
    page.get_by_label("Name of a new clone").fill("Short Life")
    page.get_by_role("button", name="Create clone").click()
    page.wait_for_url("**/build")
    door.go("/my")
    page.get_by_role("link", name="Delete Short Life").click()
    page.get_by_label("Type Short Life to confirm").fill("short life")
    page.get_by_role("button", name="Delete for ever").click()
    page.get_by_role("alert").get_by_text("exactly as it is written").wait_for()
    for width in (NARROW, WIDE):
        door.see(width=width)
    page.get_by_label("Type Short Life to confirm").fill("Short Life")
    page.get_by_role("button", name="Delete for ever").click()
    page.get_by_text("Short Life is deleted.").wait_for()
    assert page.get_by_role("heading", name="Make your first clone").is_visible()
    expect_faults(door, "status of 422")


def expect_faults(door: Visitor, *parts: str) -> None:
    """The browser logs refused requests by itself: each of these was meant, and nothing else was said."""
    for part in parts:
        assert any(part in fault for fault in door.faults), (part, door.faults)
    door.faults[:] = [fault for fault in door.faults if not any(part in fault for part in parts)]
