"""Paying for an audition in a browser: a wallet of the test sends what the page gives it to a scripted chain."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from apps.competition import queries as competition
from apps.core import limits
from apps.economy.models import Purchase, Quote, Refund
from apps.economy.services import fetching, refunds
from apps.market.services import ingest, sources
from apps.operations import clock
from apps.operations.types import Actor
from apps.users.models import User
from apps.users.services.accounts import create_user
from tests import arena_world
from tests.pages.conftest import NARROW, WIDE, Visitor
from tests.pages.wallets import BrowserWallet
from tests.web.checkout import Checkout, make_clone, take_payments

pytestmark = pytest.mark.browser
START = datetime(2026, 11, 1, tzinfo=UTC)
BY = Actor.system("tests")
PATIENCE = 20_000
DECLINED = {"code": 4001, "message": "User rejected the request."}


@dataclass
class Till:
    """A browser whose wallet is signed in, its owner's clone, and the chain that the wallet pays on."""

    visitor: Visitor
    wallet: BrowserWallet
    checkout: Checkout

    @property
    def page(self) -> Any:
        """The tab."""
        return self.visitor.page

    def send(self, transaction: dict[str, str]) -> str:
        """Carry the wallet's transaction to the chain as a node would: by its own bytes, not by what was meant."""
        found = re.fullmatch(r"0x[0-9a-f]{8}([0-9a-f]{64})([0-9a-f]{64})", transaction["data"])
        assert found is not None and transaction["to"] == self.checkout.chain.vault.address
        log = self.checkout.chain.pay(
            transaction["from"],
            int(found[2], 16),
            int(transaction["value"], 16),
            resolver="0x" + found[1][24:],
        )
        return log.tx_hash

    def open(self) -> None:
        """The clone's audition page."""
        self.visitor.go(f"/my/clones/{self.checkout.clone.public_id}/audition")

    def status(self, state: str) -> Any:
        """The payment's panel, once it is in this state."""
        return self.page.wait_for_selector(f"[data-payment-status][data-state={state}]")

    def choose_wallet(self) -> None:
        """Begin the payment."""
        self.page.get_by_role("button", name="Corner Wallet").click()


@pytest.fixture
def till(built: None, visitor: Visitor, settings: Any, monkeypatch: Any) -> Iterator[Till]:
    settings.SIGNIN_DOMAINS = [visitor.home.removeprefix("http://")]
    cache.clear()
    limits.forget()
    sources.select(wanted="synthetic", recording=None, seed=7, now=START)
    ingest.ingest_all(now=START)
    arena_world.show_time(START)
    visitor.page.set_default_timeout(PATIENCE)
    wallet = BrowserWallet(chain=6343).put_into(visitor.page)
    visitor.go("/sign-in")
    visitor.page.get_by_role("button", name="Corner Wallet").click()
    visitor.page.wait_for_url(f"{visitor.home}/my")
    address = wallet.account.address.lower()
    owner = User.objects.get(wallets__address=address)
    chain = take_payments(settings, monkeypatch)
    till = Till(visitor, wallet, Checkout(owner, make_clone(owner), chain, address))
    wallet.sends = till.send
    yield till
    limits.forget()


def test_a_player_pays_watches_the_confirmations_and_starts_the_audition(till: Till) -> None:
    page, checkout = till.page, till.checkout
    till.open()
    for width in (NARROW, WIDE):
        till.visitor.see(width=width)
    page.locator("input[name=choice][value='starter:standard']").check(force=True)
    page.get_by_role("button", name="Get the offer").click()
    till.status("open")
    expect(page.locator("[data-countdown]")).to_have_text(re.compile(r"^(30:00|29:\d\d)$"))
    for width in (NARROW, WIDE):
        till.visitor.see(width=width)
    till.choose_wallet()
    page.get_by_text("is on its way").wait_for()
    quote = Quote.objects.get()
    assert till.wallet.asked[-1] in {"eth_sendTransaction", "eth_getTransactionReceipt"}

    page.reload()
    page.get_by_text("is on its way").wait_for()
    checkout.look()
    till.status("confirming")
    expect(page.locator(".depth-words")).to_have_text("1 of 4 confirmations")
    assert page.locator("vault-payment").inner_text() == ""
    checkout.chain.mine(1)
    checkout.look()
    expect(page.locator(".depth-words")).to_have_text("2 of 4 confirmations", timeout=PATIENCE)
    checkout.chain.mine(3)
    checkout.look()
    page.get_by_role("button", name="Start the audition").wait_for()
    purchase = Purchase.objects.get()
    assert (purchase.quote_id, purchase.fee_wei, purchase.surplus_wei) == (quote.pk, 2 * 10**16, 0)
    page.get_by_role("button", name="Start the audition").click()
    page.get_by_role("heading", name="On audition").wait_for()
    assert competition.count_auditions() == 1
    for width in (NARROW, WIDE):
        till.visitor.see(width=width)


def test_every_refusal_of_the_wallet_reads_as_what_to_do(till: Till) -> None:
    page, wallet = till.page, till.wallet
    till.open()
    page.get_by_role("button", name="Get the offer").click()
    till.status("open")

    def said() -> str:
        page.wait_for_selector(".wp-said[data-tone=bad]")
        text: str = page.locator(".wp-said").inner_text()
        return text

    wallet.refuses["eth_sendTransaction"] = DECLINED
    till.choose_wallet()
    assert "You declined the payment" in said() and "nothing was charged" in said()
    assert page.evaluate("document.activeElement.textContent") == "Try again"
    wallet.refuses.clear()

    wallet.balance_wei = 3 * 10**15
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("This account holds 0.003 ETH").wait_for()
    wallet.balance_wei = 10**18

    wallet.chain = 1
    wallet.refuses["wallet_switchEthereumChain"] = DECLINED
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("Your wallet is on chain 1").wait_for()
    wallet.refuses.clear()

    mine = wallet.account
    wallet.account = BrowserWallet().account
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("and this offer is for").wait_for()
    wallet.account = mine
    assert till.checkout.chain.receipt("0x" + "0" * 64) is None
    assert not any(till.checkout.chain.events.values()), "nothing was sent by any of these"

    page.get_by_role("button", name="Try again").click()
    page.get_by_text("is on its way").wait_for()
    assert wallet.chain == 6343, "the wallet was led to the offer's network"


def test_money_that_comes_back_is_withdrawn_with_the_wallet(till: Till) -> None:
    page, checkout = till.page, till.checkout
    chain = checkout.chain
    chain.pay(checkout.address, 77, 10**16, resolver=chain.vault.resolver)
    checkout.bury()
    till.visitor.go("/my/payments")
    page.get_by_role("button", name="Ask for it back").click()
    page.wait_for_url("**/my/refunds/*")
    till.status("waiting")
    refund = Refund.objects.get()
    bob = Actor.user(create_user(username="bob", by=BY, now=clock.now()))
    refunds.approve(refund=refund, by=bob, now=clock.real_now())
    till.status("signed")

    def withdraw(transaction: dict[str, str]) -> str:
        assert transaction["to"] == chain.vault.address and transaction["value"] == "0x0"
        assert checkout.address[2:] in transaction["data"] and f"{refund.nonce:064x}" in transaction["data"]
        return chain.batch(
            [(checkout.address, refund.nonce, refund.amount_wei)],
            resolver=chain.vault.resolver,
            name="Withdrawal",
        )[0].tx_hash

    till.wallet.sends = withdraw
    page.get_by_role("button", name="Withdraw 0.01\u00a0ETH with Corner Wallet").click()
    page.get_by_text("is on its way").wait_for()
    chain.mine(chain.vault.confirmations)
    fetching.watch(vault=chain.vault, readers=[chain], now=clock.real_now())
    till.status("paid")
    assert page.get_by_text("It is back in your wallet").is_visible()
    for width in (NARROW, WIDE):
        till.visitor.see(width=width)


def test_the_way_to_pay_works_by_keyboard_and_stays_in_view_on_a_phone(till: Till) -> None:
    page = till.page
    page.set_viewport_size(NARROW)
    till.open()
    page.locator("input[name=choice][value='starter:light']").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == "builder:light"
    page.keyboard.press("Enter")
    till.status("open")
    page.get_by_role("button", name="Corner Wallet").focus()
    page.keyboard.press("Enter")
    page.get_by_text("is on its way").wait_for()
    till.visitor.see(width=NARROW)


def test_without_scripts_the_page_reads_and_says_that_paying_needs_one(till: Till, browser: Any) -> None:
    till.open()
    till.page.get_by_role("button", name="Get the offer").click()
    till.status("open")
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(till.page.context.cookies())
    plain = context.new_page()
    plain.goto(till.page.url)
    expect(plain.get_by_text("Paying needs JavaScript.")).to_be_visible()
    assert plain.locator(".bill-price b").inner_text() == "0.01\u00a0ETH"
    context.close()
