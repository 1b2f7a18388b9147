"""What a submission asks of the chain and what it leaves alone."""

from typing import Any

import pytest

from apps.core.errors import AdapterError, DomainError
from apps.economy.models import ChainCursor, Deposit, Purchase, Quote
from apps.economy.services import chains, submitting
from apps.economy.services.submitting import Submission
from apps.economy.types import DepositStatus, PurchaseStatus
from tests.economy import shop
from tests.economy.providers import asked
from tests.economy.world import NOW, FakeChain

pytestmark = pytest.mark.django_db


def submit(who: shop.Player, quote: Quote, *providers: FakeChain, tx_hash: str = "") -> Submission:
    """The person says that the offer was paid, and these providers are asked."""
    with asked(*providers):
        return submitting.submit(
            user=who.user,
            deposit_nonce=quote.nonce,
            tier=quote.tier,
            asset_capacity=quote.asset_capacity,
            model_strength=quote.model_strength,
            clone_name=quote.clone_name,
            tx_hash=tx_hash,
            open_readers=chains.opened,
            by=shop.BY,
            now=NOW,
        )


def test_the_next_provider_is_asked_where_one_breaks_off(
    chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = shop.player()
    quote = shop.quote_for(ann, chain)
    paid = chain.pay(ann.address, quote.nonce, quote.fee_wei)
    chain.mine(chain.vault.confirmations - 1)
    broken = chain.twin("broken.test")

    def fails(*_: Any) -> Any:
        raise AdapterError("broken.test broke off.", transient=True)

    monkeypatch.setattr(broken, "receipt", fails)
    assert submit(ann, quote, broken, chain, tx_hash=paid.tx_hash).purchase is not None
    other = shop.quote_for(ann, chain, name="Second")
    with pytest.raises(DomainError) as refused:
        submit(ann, other, broken, tx_hash=paid.tx_hash)
    assert (refused.value.code, refused.value.retryable) == ("CHAIN_UNAVAILABLE", True)


def test_the_payments_of_others_are_left_to_the_cadences(chain: FakeChain) -> None:
    ann, bob = shop.player(1), shop.player(2)
    hers, his = shop.quote_for(ann, chain), shop.quote_for(bob, chain)
    shop.paid(his, chain)
    chain.pay(ann.address, hers.nonce, hers.fee_wei)
    chain.mine(chain.vault.confirmations)
    assert submit(ann, hers, chain).purchase == Purchase.objects.get()
    assert Deposit.objects.get(payer_address=bob.address).status == DepositStatus.PENDING


def test_C09_what_left_the_chain_waits_again_and_comes_back_as_the_same_purchase(chain: FakeChain) -> None:
    ann = shop.player()
    quote = shop.quote_for(ann, chain)
    shop.confirmed(quote, chain)
    bought = submit(ann, quote, chain).purchase
    chain.reorg(chain.vault.confirmations)
    shop.scan(chain)
    assert Purchase.objects.get().status == PurchaseStatus.REVERSED
    waiting = submit(ann, quote, chain)
    assert (waiting.purchase, waiting.confirmations) == (None, 0)
    chain.pay(ann.address, quote.nonce, quote.fee_wei)
    chain.mine(chain.vault.confirmations - 1)
    again = submit(ann, quote, chain).purchase
    assert again == bought == Purchase.objects.get()
    assert again is not None and again.status == PurchaseStatus.CONFIRMED


def test_one_request_reads_two_ranges_and_leaves_the_rest_to_the_cadence(chain: FakeChain) -> None:
    ann = shop.player()
    shop.scan(chain)
    quote = shop.quote_for(ann, chain)
    chain.mine(chain.vault.most_blocks * 5)
    chain.pay(ann.address, quote.nonce, quote.fee_wei)
    before = ChainCursor.objects.get().scanned_to
    assert submit(ann, quote, chain).deposit is None
    assert ChainCursor.objects.get().scanned_to - before <= 2 * chain.vault.most_blocks
    shop.scan(chain)
    assert submit(ann, quote, chain).deposit is not None


def test_what_was_bought_needs_no_chain(chain: FakeChain) -> None:
    ann = shop.player()
    quote = shop.quote_for(ann, chain)
    shop.confirmed(quote, chain)
    assert submit(ann, quote).purchase == Purchase.objects.get()
