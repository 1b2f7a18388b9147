"""A person with a browser and a wallet: from paying on a real chain to a place in the Arena, on recorded candles."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from eth_utils.address import to_checksum_address
from playwright.sync_api import expect

from apps.competition.models import ArenaMembership, Audition
from apps.economy.models import Purchase
from apps.operations.invariants import registered
from tests.chain.evm import Chain
from tests.chain.fixtures import chain
from tests.economy.chain.local import ETHER, RESOLVER_KEY, LocalVault, deployed
from tests.flows.money import acts
from tests.flows.money.test_flows import START
from tests.market.places import recorded
from tests.pages.builder_world import tick, wait_for
from tests.pages.conftest import Visitor
from tests.pages.wallets import BrowserWallet

__all__ = ["chain"]
pytestmark = pytest.mark.browser
PATIENCE = 30_000
FEE = 10**16
LIGHT = acts.terms(hours=24, target_bps=50)


@pytest.fixture
def local(chain: Chain, settings: Any) -> Any:
    """A vault on the local chain that takes payments, with recorded prices; the chain is left as it was found."""
    before = chain.rpc("evm_snapshot")
    settings.RESOLVER_KEY = RESOLVER_KEY
    made = deployed(chain)
    settings.VAULTS = [asdict(made.vault)]
    yield made
    assert chain.rpc("evm_revert", before) is True


def test_a_wallet_pays_on_the_chain_and_its_clone_reaches_the_arena(
    built: None, visitor: Visitor, local: LocalVault, settings: Any
) -> None:
    settings.SIGNIN_DOMAINS = [visitor.home.removeprefix("http://")]
    page = visitor.page
    page.set_default_timeout(PATIENCE)
    acts.prepare(str(recorded("hyperliquid-candles")), local.payer())
    acts.offer(LIGHT, START)
    acts.show_time(START)
    wallet = rich_wallet(local).put_into(page)
    wallet.sends = lambda transaction: send_signed(local, wallet, transaction)

    visitor.go("/sign-in")
    page.get_by_role("button", name="Corner Wallet").click()
    page.wait_for_url(f"{visitor.home}/my")
    visitor.go("/my/new-clone")
    page.get_by_label("Name").fill("Candle Reader")
    page.locator("input[name=choice][value='starter:light']").check(force=True)
    page.get_by_role("button", name="Get the offer").click()
    page.get_by_role("button", name="Corner Wallet").click()
    page.get_by_text("is on its way").wait_for()
    acts.work("economy.scan-deposits", "economy.confirm-deposits")
    expect(page.locator(".depth-words")).to_have_text("1 of 3 confirmations", timeout=PATIENCE)
    local.chain.rpc("anvil_mine", "0x4")
    acts.work("economy.scan-deposits", "economy.confirm-deposits")
    page.locator("[data-payment-status][data-state=bought]").wait_for()
    purchase = Purchase.objects.get()
    assert (purchase.fee_wei, purchase.clone.name) == (FEE, "Candle Reader")
    assert local.wei_of(local.vault.address) == FEE

    mine = f"/my/clones/{purchase.clone.public_id}"
    visitor.go(f"{mine}/build")
    tick(page, "radio", "category", "major")
    tick(page, "radio", "engine", "rules")
    page.get_by_label("Behaviour prompt").fill("bold")
    page.get_by_role("button", name="15", exact=True).click()
    wait_for(page, "saved")
    page.get_by_role("button", name="Publish", exact=True).first.click()
    page.locator("[data-dialog-confirm]:enabled").click()
    page.wait_for_selector(".versions")

    visitor.go(f"{mine}/audition")
    page.get_by_role("button", name="Start the audition").click()
    page.get_by_role("heading", name="On audition").wait_for()
    after = trade_until_judged(START + acts.BAR)
    judged = Audition.objects.get()
    assert (judged.status, judged.reason) == ("passed", "TARGET_REACHED"), judged.result
    page.locator(".verdict[data-status=passed]").wait_for()

    acts.admit(after)
    visitor.go("/")
    page.get_by_role("link", name="Candle Reader").first.wait_for()
    assert ArenaMembership.objects.get().clone.name == "Candle Reader"
    assert {item.key: found for item in registered() if (found := item.check())} == {}


def rich_wallet(local: LocalVault) -> BrowserWallet:
    """A wallet whose account has something to pay with."""
    wallet = BrowserWallet(chain=local.vault.chain_id)
    local.chain.rpc("anvil_setBalance", wallet.account.address, hex(ETHER))
    return wallet


def send_signed(local: LocalVault, wallet: BrowserWallet, transaction: dict[str, str]) -> str:
    """Sign what the page asks for with the wallet's own key, and give it to the chain as it is."""
    address = wallet.account.address
    assert transaction["from"].lower() == address.lower()
    count = local.chain.rpc("eth_getTransactionCount", address, "latest")
    signed = wallet.account.sign_transaction(
        {
            "chainId": local.vault.chain_id,
            "nonce": int(count, 16),
            "to": to_checksum_address(transaction["to"]),
            "data": transaction["data"],
            "value": int(transaction["value"], 16),
            "gas": 200_000,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 0,
        }
    )
    return str(local.chain.rpc("eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex()))


def trade_until_judged(now: datetime) -> datetime:
    """Every worker at each recorded quarter of an hour until the audition is over; the moment after it."""
    give_up = now + timedelta(hours=26)
    while acts.is_running():
        assert now < give_up
        acts.step(now)
        now += acts.BAR
    return now
