"""An unmatched deposit that pays an offer after all: once, at the offer's price, and undone with its deposit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.core.errors import DomainError
from apps.economy.models import Deposit, Purchase, Quote, Refund
from apps.economy.services import settling
from apps.economy.types import Book, DepositStatus, PurchaseStatus, QuoteStatus, RefundCause, RefundStatus
from tests.economy import shop
from tests.economy.world import NOW, VAULT, FakeChain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_agrees")]

FEE = 10**16
PAYER = "0x" + "0a" * 20


@pytest.fixture
def stray(chain: FakeChain) -> Deposit:
    """A confirmed deposit of three wei too much under nobody's number."""
    return shop.confirmed(Quote(wallet_address=PAYER, nonce=7, fee_wei=FEE + 3), chain)


def refusal(deposit: Deposit, quote: Quote) -> str:
    before = shop.balances()
    with pytest.raises(DomainError) as caught:
        settling.match(deposit=deposit, quote=quote, by=shop.BY, now=NOW)
    assert shop.balances() == before
    return caught.value.code


def test_what_was_owed_buys_and_its_surplus_stays_owed(chain: FakeChain, stray: Deposit) -> None:
    who = shop.player()
    quote = shop.quote_for(who, chain)
    purchase = settling.match(deposit=stray, quote=quote, by=shop.BY, now=NOW)
    stray.refresh_from_db()
    quote.refresh_from_db()
    assert (stray.unmatched_reason, stray.claimed_by, quote.status) == ("", who.user, QuoteStatus.USED)
    assert (purchase.nonce, purchase.surplus_wei, purchase.clone.owner) == (quote.nonce, 3, who.user)
    assert shop.balances() == {Book.VAULT: FEE + 3, Book.FEES: -FEE, Book.SURPLUS: -3}
    again = shop.quote_for(who, chain, name="Second")
    assert refusal(stray, again) == "DEPOSIT_ALREADY_CLAIMED"


def test_an_offer_that_ran_out_may_be_paid_where_somebody_decides_so(
    chain: FakeChain, stray: Deposit
) -> None:
    quote = shop.quote_for(shop.player(), chain, now=NOW - timedelta(days=1))
    assert settling.match(deposit=stray, quote=quote, by=shop.BY, now=NOW).status == PurchaseStatus.CONFIRMED


def test_a_match_that_cannot_be_changes_nothing(chain: FakeChain, stray: Deposit) -> None:
    who = shop.player()
    dear = shop.quote_for(who, chain, name="Dear", strength="frontier")
    used = shop.quote_for(who, chain, name="Used")
    shop.confirmed(used, chain)
    elsewhere = shop.quote_for(who, chain, name="Elsewhere")
    Quote.objects.filter(pk=elsewhere.pk).update(vault="0x" + "bb" * 20)
    assert refusal(stray, dear) == "AMOUNT_TOO_LOW"
    assert refusal(stray, used) == "QUOTE_USED"
    assert refusal(stray, elsewhere) == "WRONG_CHAIN"
    pending = shop.paid(Quote(wallet_address=PAYER, nonce=8, fee_wei=FEE), chain)
    assert refusal(pending, shop.quote_for(who, chain, name="Free")) == "DEPOSIT_PENDING"
    stray.refresh_from_db()
    assert (stray.unmatched_reason, Purchase.objects.count()) == ("NO_QUOTE", 1)
    assert Quote.objects.filter(status=QuoteStatus.OPEN).count() == 3


def test_what_is_being_given_back_buys_nothing(chain: FakeChain, stray: Deposit) -> None:
    Refund.objects.create(
        cause=RefundCause.UNMATCHED,
        deposit=stray,
        payee_address=stray.payer_address,
        chain_id=stray.chain_id,
        vault=stray.vault,
        resolver=stray.resolver,
        amount_wei=stray.amount_wei,
        nonce=1,
        reason="asked for",
        asked_at=NOW,
        status=RefundStatus.WAITING,
    )
    assert refusal(stray, shop.quote_for(shop.player(), chain)) == "REFUND_EXISTS"


def test_what_was_claimed_goes_and_comes_with_its_deposit(chain: FakeChain, stray: Deposit) -> None:
    settling.match(deposit=stray, quote=shop.quote_for(shop.player(), chain), by=shop.BY, now=NOW)
    chain.reorg(VAULT.confirmations, keep=True, grow=0)
    shop.scan(chain)
    stray.refresh_from_db()
    assert (stray.status, Purchase.objects.get().status) == (DepositStatus.PENDING, PurchaseStatus.REVERSED)
    assert shop.balances() == {}
    shop.confirm(chain)
    stray.refresh_from_db()
    purchase = Purchase.objects.get()
    assert (stray.status, stray.unmatched_reason) == (DepositStatus.CONFIRMED, "")
    assert (purchase.status, purchase.entitlement.revoked_at) == (PurchaseStatus.CONFIRMED, None)
    assert shop.balances() == {Book.VAULT: FEE + 3, Book.FEES: -FEE, Book.SURPLUS: -3}


def test_a_number_of_another_chain_is_another_number(chain: FakeChain) -> None:
    quote = shop.quote_for(shop.player(), chain)
    other = FakeChain(vault=replace(VAULT, chain_id=4326), served_chain=4326)
    deposit = shop.paid(quote, other)
    other.mine(VAULT.confirmations)
    shop.scan(other)
    shop.confirm(other)
    deposit.refresh_from_db()
    assert (deposit.chain_id, deposit.unmatched_reason) == (4326, "NO_QUOTE")
