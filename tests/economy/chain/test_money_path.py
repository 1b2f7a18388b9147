"""The whole money path on a real EVM: offered, paid, counted, undone by a reorganisation, paid again, given back."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from apps.economy.models import Deposit, Purchase, Quote, Refund
from apps.economy.queries import books
from apps.economy.services import chains, confirming, fetching, quotes, refunds, scanning, signing, submitting
from apps.economy.types import DepositStatus, FindingKind, PurchaseStatus, RefundCause, RefundStatus
from apps.operations import clock, invariants
from apps.operations.audit import Actor
from apps.operations.cadence import Report
from apps.users.services.accounts import create_user, link_wallet
from tests.economy import shop
from tests.economy.chain.local import LocalVault

pytestmark = pytest.mark.django_db(transaction=True)

SURPLUS = 5 * 10**14


@dataclass
class Customer:
    """A person with the first rich account of the chain as their wallet."""

    local: LocalVault
    user: Any

    @property
    def now(self) -> datetime:
        """The economy's time, which the chain shares."""
        return clock.real_now()

    def quote(self) -> Quote:
        with chains.opened(self.local.vault) as readers:
            return quotes.issue(
                user=self.user,
                wallet_address=self.local.payer(),
                chain_id=self.local.vault.chain_id,
                tier="starter",
                asset_capacity=1,
                model_strength="light",
                clone_name="Paid on a chain",
                readers=readers,
                by=Actor.user(self.user),
                now=self.now,
            )

    def pay(self, quote: Quote, *, extra_wei: int = 0) -> str:
        """What the wallet sends: the server's own data. The transaction's hash."""
        data = signing.deposit_calldata(self.local.vault, nonce=quote.nonce)
        sent = self.local.chain.send(
            **{"from": self.local.payer()},
            to=self.local.vault.address,
            data=data,
            value=hex(quote.fee_wei + extra_wei),
        )
        return str(sent["transactionHash"])

    def submit(self, quote: Quote, tx_hash: str) -> submitting.Submission:
        return submitting.submit(
            user=self.user,
            deposit_nonce=quote.nonce,
            tier=quote.tier,
            asset_capacity=quote.asset_capacity,
            model_strength=quote.model_strength,
            clone_name=quote.clone_name,
            tx_hash=tx_hash,
            open_readers=chains.opened,
            by=Actor.user(self.user),
            now=self.now,
        )

    def look(self) -> Report:
        """One scan and one round of confirming, as the workers do them."""
        with chains.opened(self.local.vault) as readers:
            report = scanning.scan(vault=self.local.vault, readers=readers, now=self.now)
            return report + confirming.confirm(
                vault=self.local.vault, readers=readers, now=self.now, limit=100
            )

    def mine(self, count: int) -> None:
        self.local.chain.rpc("anvil_mine", hex(count))

    def reorganise(self, depth: int) -> None:
        self.local.chain.rpc("anvil_reorg", depth, [])


@pytest.fixture
def customer(local: LocalVault, settings: Settings) -> Iterator[Customer]:
    """A customer of the local vault; at the end of each test everything that must hold of economy holds."""
    settings.VAULTS = [asdict(local.vault)]
    user = create_user(username="customer", by=shop.BY, now=clock.real_now())
    link_wallet(
        user=user,
        address=local.payer(),
        chain_id=local.vault.chain_id,
        by=shop.BY,
        now=clock.real_now(),
    )
    yield Customer(local, user)
    checks = [each for each in invariants.registered() if each.check.__module__.startswith("apps.economy.")]
    assert checks and [(each.key, each.check()) for each in checks if each.check()] == []


def standing() -> tuple[str, str, bool]:
    """How the only deposit, its purchase and its grant stand."""
    purchase = Purchase.objects.get()
    return Deposit.objects.get().status, purchase.status, purchase.entitlement.revoked_at is None


def test_a_payment_by_the_server_s_own_data_is_watched_counts_and_is_answered_twice_alike(
    customer: Customer,
) -> None:
    quote = customer.quote()
    sent = customer.pay(quote)
    waiting = customer.submit(quote, sent)
    assert waiting.purchase is None and Deposit.objects.get().status == DepositStatus.PENDING
    customer.mine(customer.local.vault.confirmations - 1)
    done, again = customer.submit(quote, sent), customer.submit(quote, sent)
    assert done.purchase is not None and done.purchase == again.purchase
    assert standing() == (DepositStatus.CONFIRMED, PurchaseStatus.CONFIRMED, True)
    customer.look()
    assert Purchase.objects.count() == 1 and shop.findings() == []


def test_c08_what_is_reorganised_away_before_it_counted_has_given_nothing(customer: Customer) -> None:
    quote = customer.quote()
    customer.mine(5)
    customer.pay(quote)
    customer.look()
    customer.reorganise(2)
    customer.mine(customer.local.vault.confirmations)
    customer.look()
    assert (Deposit.objects.get().status, Purchase.objects.count()) == (DepositStatus.DROPPED, 0)
    customer.pay(quote)
    customer.mine(customer.local.vault.confirmations)
    customer.look()
    customer.look()
    assert standing() == (DepositStatus.CONFIRMED, PurchaseStatus.CONFIRMED, True)


def test_c09_what_is_reorganised_away_after_the_grant_is_undone_and_comes_back_once(
    customer: Customer,
) -> None:
    quote = customer.quote()
    customer.mine(5)
    customer.pay(quote)
    customer.mine(customer.local.vault.confirmations)
    customer.look()
    assert standing() == (DepositStatus.CONFIRMED, PurchaseStatus.CONFIRMED, True)
    customer.reorganise(customer.local.vault.confirmations + 2)
    customer.look()
    assert standing() == (DepositStatus.REVERSED, PurchaseStatus.REVERSED, False)
    assert shop.findings() == [FindingKind.REORG]
    customer.pay(quote)
    customer.mine(customer.local.vault.confirmations)
    customer.look()
    customer.look()
    assert standing() == (DepositStatus.CONFIRMED, PurchaseStatus.CONFIRMED, True)
    assert Purchase.objects.count() == 1


def test_a_surplus_that_two_people_let_go_is_fetched_from_the_vault_once(customer: Customer) -> None:
    quote = customer.quote()
    customer.pay(quote, extra_wei=SURPLUS)
    customer.mine(customer.local.vault.confirmations)
    customer.look()
    clerk = create_user(username="clerk", by=shop.BY, now=customer.now)
    refund = refunds.owner_ask(
        deposit=Deposit.objects.get(),
        cause=RefundCause.SURPLUS,
        reason="paid too much",
        by=Actor.user(customer.user),
        now=customer.now,
    )
    refunds.approve(refund=refund, by=Actor.user(clerk), now=customer.now)
    signed = Refund.objects.get()
    assert signed.status == RefundStatus.SIGNED and signed.deadline_at is not None
    data = signing.withdraw_calldata(
        customer.local.vault,
        payee=signed.payee_address,
        amount_wei=signed.amount_wei,
        nonce=signed.nonce,
        deadline=int(signed.deadline_at.timestamp()),
        signature=signed.signature,
    )
    before = customer.local.wei_of(customer.local.payer())
    customer.local.send(data)  # by somebody else's hand
    assert customer.local.wei_of(customer.local.payer()) - before == SURPLUS
    assert customer.local.refusal(data) == "WithdrawalUsed"
    customer.mine(customer.local.vault.confirmations)
    with chains.opened(customer.local.vault) as readers:
        fetching.watch(vault=customer.local.vault, readers=readers, now=customer.now)
    assert Refund.objects.get().status == RefundStatus.PAID
    assert shop.findings() == []
    with customer.local.reader() as reader:
        held = reader.balance(block_hash=reader.head().hash)
    assert held == books.list_balances(customer.local.vault.chain_id)["vault"] == quote.fee_wei
