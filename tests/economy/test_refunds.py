"""Giving money back: who may ask and who approves, how much, once for each debt, and what is signed for it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from eth_account import Account
from eth_account.messages import encode_typed_data

from apps.competition.types import RefundDecision
from apps.core.errors import (
    DomainError,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from apps.economy.invariants.refunds import refunded_purchases_have_not_passed, refunds_are_owed
from apps.economy.models import Deposit, JournalEntry, Refund
from apps.economy.queries import books
from apps.economy.queries.purchases import owed_wei
from apps.economy.services import claims, orders, refunds, reversing
from apps.economy.types import Book, DepositStatus, PurchaseStatus, QuoteStatus, RefundCause, RefundStatus
from apps.operations.models import AuditEvent
from tests.economy.giving_back import (
    LATER,
    PAYER,
    SURPLUS,
    UNMATCHED,
    VAULT,
    acting,
    bought,
    configured,
    let_go,
    look,
    make_chain,
    offered,
    paid,
    person,
)
from tests.economy.rows import FEE
from tests.economy.world import NOW, FakeChain

pytestmark = pytest.mark.django_db
WHY = "nobody knows what it was for"


@pytest.fixture
def chain() -> Iterator[FakeChain]:
    """A chain whose vault is configured; whatever a test does, refunds and books agree at its end."""
    with configured():
        yield make_chain()
    assert refunds_are_owed() == [] and refunded_purchases_have_not_passed() == []
    for each in books.list_chains():
        held = books.list_balances(each)
        assert sum(held.values()) == 0 and held[Book.CLEARING] == 0


@pytest.fixture
def stray(chain: FakeChain) -> Deposit:
    """A confirmed deposit that bought nothing."""
    return paid(chain, 7, 5 * FEE)


def asked(deposit: Deposit, cause: str = UNMATCHED, *, by: str = "ann") -> Refund:
    return refunds.ask(deposit=deposit, cause=cause, reason=WHY, by=acting(by), now=NOW)


def approved(refund: Refund, *, by: str = "bob") -> Refund:
    return refunds.approve(refund=refund, by=acting(by), reason="agreed", now=LATER)


def refused(call: Any, code: str, status: int) -> None:
    with pytest.raises(DomainError) as caught:
        call()
    assert (caught.value.code, caught.value.status) == (code, status)


class TestUnmatched:
    """Money that bought nothing goes back on the word of two persons."""

    def test_asked_by_one_and_approved_by_another_it_is_signed_and_booked(self, stray: Deposit) -> None:
        refund = asked(stray)
        assert (refund.status, refund.amount_wei, refund.payee_address) == ("waiting", 5 * FEE, PAYER)
        assert books.balance(VAULT.chain_id, Book.UNMATCHED) == -5 * FEE
        approved(refund)
        refund.refresh_from_db()
        assert refund.status == RefundStatus.SIGNED and refund.approved_by == person("bob")
        assert refund.deadline_at == LATER + settings.REFUND_TTL
        assert books.balance(VAULT.chain_id, Book.UNMATCHED) == 0
        assert books.balance(VAULT.chain_id, Book.REFUNDS) == -5 * FEE
        verbs = AuditEvent.objects.filter(subject_id=refund.public_id).order_by("pk")
        assert [(one.verb, one.actor_label) for one in verbs] == [
            ("economy.refund.asked", "ann"),
            ("economy.refund.signed", "bob"),
        ]

    def test_what_is_signed_is_what_the_vault_checks(self, stray: Deposit) -> None:
        refund = approved(asked(stray))
        told = {
            "user": PAYER,
            "token": "0x" + "00" * 20,
            "resolver": VAULT.resolver,
            "amount": 5 * FEE,
            "nonce": refund.nonce,
            "deadline": int(refund.deadline_at.timestamp()),
        }
        kinds = {"address": ("user", "token", "resolver"), "uint256": ("amount", "nonce", "deadline")}
        typed = [{"name": name, "type": kind} for kind, names in kinds.items() for name in names]
        message = encode_typed_data(
            domain_data={
                "name": "PumpPartyVault",
                "version": "1",
                "chainId": VAULT.chain_id,
                "verifyingContract": VAULT.address,
            },
            message_types={"Withdrawal": typed},
            message_data=told,
        )
        assert Account.recover_message(message, signature=refund.signature).lower() == VAULT.resolver
        call = orders.withdrawal(refund)
        assert call is not None
        assert (call["to"], call["value"], call["chain_id"]) == (VAULT.address, 0, VAULT.chain_id)
        assert refund.signature.removeprefix("0x") in call["data"]

    def test_c20_who_asked_does_not_approve(self, stray: Deposit) -> None:
        refund = asked(stray)
        refused(lambda: approved(refund, by="ann"), "FOUR_EYES_REQUIRED", 403)
        refund.refresh_from_db()
        assert (refund.status, refund.signature) == (RefundStatus.WAITING, "")

    def test_c20_who_would_get_it_does_not_approve(self, stray: Deposit) -> None:
        refund = asked(stray)
        person("carol", wallet=PAYER)
        refused(lambda: approved(refund, by="carol"), "FOUR_EYES_REQUIRED", 403)

    def test_no_program_asks_or_approves(self, stray: Deposit) -> None:
        refused(
            lambda: refunds.ask(deposit=stray, cause=UNMATCHED, reason=WHY, by=refunds.SIGNS, now=NOW),
            "PERSON_REQUIRED",
            403,
        )
        refund = asked(stray)
        refused(lambda: refunds.approve(refund=refund, by=refunds.SIGNS, now=NOW), "PERSON_REQUIRED", 403)

    def test_c19_it_is_asked_for_once(self, stray: Deposit) -> None:
        refund = asked(stray)
        refused(lambda: asked(stray, by="carol"), "REFUND_EXISTS", 409)
        approved(refund)
        refused(lambda: asked(stray, by="carol"), "REFUND_EXISTS", 409)
        with pytest.raises(IllegalTransition):
            approved(refund)
        assert Refund.objects.count() == 1 and owed_wei(stray)[UNMATCHED] == 0

    def test_denied_it_may_be_asked_for_again(self, stray: Deposit) -> None:
        refund = asked(stray)
        refunds.deny(refund=refund, reason="not yet", by=acting("bob"), now=LATER)
        with pytest.raises(IllegalTransition):
            approved(refund)
        assert asked(stray).status == RefundStatus.WAITING

    def test_without_a_reason_nothing_is_asked(self, stray: Deposit) -> None:
        with pytest.raises(InvalidInput):
            refunds.ask(deposit=stray, cause=UNMATCHED, reason="  ", by=acting("ann"), now=NOW)

    def test_what_waits_cannot_buy_anything_and_what_bought_is_not_given_back(
        self, chain: FakeChain, stray: Deposit
    ) -> None:
        quote = offered(99)
        refund = asked(stray)
        assign = {"deposit": stray, "quote": quote, "reason": WHY, "by": acting("ann"), "now": NOW}
        refused(lambda: claims.assign(**assign, approved_by=acting("bob")), "REFUND_EXISTS", 409)
        refunds.deny(refund=refund, reason="it was for an audition", by=acting("bob"), now=NOW)
        claims.assign(**assign, approved_by=acting("bob"))
        refused(lambda: asked(stray), "NOTHING_OWED", 409)
        assert asked(stray, SURPLUS).amount_wei == 4 * FEE

    def test_off_its_chain_it_is_neither_asked_for_nor_signed(self, stray: Deposit) -> None:
        refund = asked(stray)
        reversing.reverse(deposit=stray, because="test", by=refunds.SIGNS, now=NOW)
        refused(lambda: approved(refund), "DEPOSIT_NOT_CONFIRMED", 409)
        refunds.deny(refund=refund, reason="gone", by=acting("bob"), now=NOW)
        refused(lambda: asked(stray), "DEPOSIT_NOT_CONFIRMED", 409)

    def test_back_on_its_chain_it_buys_nothing_while_it_is_given_back(
        self, chain: FakeChain, stray: Deposit
    ) -> None:
        refund = approved(asked(stray))
        depth = chain.blocks[-1].number - stray.block_number + 1
        chain.reorg(depth, grow=VAULT.overlap)
        look(chain)
        stray.refresh_from_db()
        assert stray.status == DepositStatus.REVERSED
        quote = offered(7)
        again = paid(chain, 7, 5 * FEE)
        assert (again.pk, again.unmatched_reason) == (stray.pk, "NOT_GRANTABLE")
        quote.refresh_from_db()
        assert quote.status == QuoteStatus.OPEN
        refund.refresh_from_db()
        assert refund.status == RefundStatus.SIGNED and owed_wei(again)[UNMATCHED] == 0

    def test_unconfirmed_it_is_not_asked_for(self, chain: FakeChain) -> None:
        chain.pay(PAYER, 8, FEE, resolver=VAULT.resolver)
        look(chain)
        waiting = Deposit.objects.get(nonce=8)
        assert waiting.status == DepositStatus.PENDING
        refused(lambda: asked(waiting), "DEPOSIT_NOT_CONFIRMED", 409)

    @pytest.mark.parametrize("key", ["", "0x" + "43" * 32])
    def test_without_the_resolvers_key_it_waits_on(self, stray: Deposit, key: str) -> None:
        refund = asked(stray)
        with configured(key=key):
            refused(lambda: approved(refund), "PAYMENTS_OFF", 503)
        refund.refresh_from_db()
        assert refund.status == RefundStatus.WAITING
        assert not JournalEntry.objects.filter(subject=refund.public_id).exists()
        approved(refund)

    def test_in_a_vault_that_was_replaced_nothing_is_signed(self, stray: Deposit) -> None:
        refund = asked(stray)
        with configured(replace(VAULT, address="0x" + "fb" * 20)):
            refused(lambda: approved(refund), "VAULT_REPLACED", 409)
        with configured(replace(VAULT, chain_id=4326)):
            refused(lambda: approved(refund), "WRONG_CHAIN", 422)


class TestOwner:
    """Whoever's linked wallet paid may ask themselves."""

    def test_the_payer_asks_and_an_operator_approves(self, stray: Deposit) -> None:
        owner = acting(person("olga", wallet=PAYER).username)
        refund = refunds.owner_ask(deposit=stray, cause=UNMATCHED, reason=WHY, by=owner, now=NOW)
        refused(lambda: approved(refund, by="olga"), "FOUR_EYES_REQUIRED", 403)
        assert approved(refund).status == RefundStatus.SIGNED

    def test_anybody_elses_deposit_does_not_exist(self, stray: Deposit) -> None:
        person("olga", wallet="0x" + "cd" * 20)
        with pytest.raises(NotFound):
            refunds.owner_ask(deposit=stray, cause=UNMATCHED, reason=WHY, by=acting("olga"), now=NOW)


class TestSurplus:
    """What was paid beyond the price is a debt of its own."""

    def test_exactly_the_surplus_goes_back_and_the_purchase_stands(self, chain: FakeChain) -> None:
        purchase = bought(chain, 3, extra_wei=17)
        refused(lambda: asked(purchase.deposit), "NOTHING_OWED", 409)
        refund = approved(asked(purchase.deposit, SURPLUS))
        assert refund.amount_wei == 17 and books.balance(VAULT.chain_id, Book.SURPLUS) == 0
        purchase.refresh_from_db()
        assert purchase.status == PurchaseStatus.CONFIRMED
        assert books.balance(VAULT.chain_id, Book.FEES) == -FEE

    def test_one_who_paid_exactly_is_owed_nothing(self, chain: FakeChain) -> None:
        deposit = bought(chain, 3).deposit
        refused(lambda: asked(deposit, SURPLUS), "NOTHING_OWED", 409)

    def test_c19_never_more_than_was_paid(self, chain: FakeChain) -> None:
        purchase = bought(chain, 3, extra_wei=17)
        let_go(purchase)
        approved(asked(purchase.deposit, SURPLUS))
        assert refunds.sign_authorised(now=LATER, limit=10).done == 1
        given = sum(one.amount_wei for one in Refund.objects.filter(deposit=purchase.deposit))
        assert given == purchase.deposit.amount_wei == FEE + 17
        assert sum(owed_wei(purchase.deposit).values()) == 0


class TestPurchase:
    """What was bought goes back on competition's word, which two persons gave."""

    def test_what_is_let_go_is_signed_once(self, chain: FakeChain) -> None:
        purchase = bought(chain, 3, extra_wei=17)
        leave = let_go(purchase)
        assert refunds.sign_authorised(now=LATER, limit=10).done == 1
        assert refunds.sign_authorised(now=LATER, limit=10).seen == 0
        refund = Refund.objects.get()
        assert (refund.cause, refund.amount_wei, refund.authorisation) == ("purchase", FEE, leave)
        assert (refund.asked_by, refund.approved_by) == (person("ann"), person("bob"))
        purchase.refresh_from_db()
        assert (purchase.status, purchase.refunded_at) == (PurchaseStatus.REFUNDED, LATER)
        assert books.balance(VAULT.chain_id, Book.FEES) == 0
        assert books.balance(VAULT.chain_id, Book.SURPLUS) == -17

    @pytest.mark.parametrize("decision", [RefundDecision.WAITING, RefundDecision.DENIED])
    def test_what_is_not_let_go_is_not_signed(self, chain: FakeChain, decision: str) -> None:
        leave = let_go(bought(chain, 3))
        leave.status = decision
        leave.save(update_fields=["status"])
        assert refunds.sign_authorised(now=LATER, limit=10).seen == 0 and not Refund.objects.exists()

    def test_nobody_asks_for_it_here(self, chain: FakeChain) -> None:
        deposit = bought(chain, 3).deposit
        refused(lambda: asked(deposit, RefundCause.PURCHASE), "REFUND_NOT_ASKED_HERE", 422)

    def test_a_grant_that_came_back_is_withdrawn_with_the_signature(self, chain: FakeChain) -> None:
        purchase = bought(chain, 3)
        let_go(purchase)
        purchase.entitlement.revoked_at = None
        purchase.entitlement.save(update_fields=["revoked_at"])
        refunds.sign_authorised(now=LATER, limit=10)
        purchase.entitlement.refresh_from_db()
        assert purchase.entitlement.revoked_at == LATER

    def test_one_that_cannot_be_signed_holds_up_no_other(self, chain: FakeChain) -> None:
        first, second = bought(chain, 3), bought(chain, 4)
        let_go(first), let_go(second)
        Deposit.objects.filter(pk=first.deposit_id).update(vault="0x" + "fb" * 20)
        report = refunds.sign_authorised(now=LATER, limit=10)
        assert (report.seen, report.done, report.failed) == (2, 1, 1)
        first.refresh_from_db()
        assert first.status == PurchaseStatus.CONFIRMED
        Deposit.objects.filter(pk=first.deposit_id).update(vault=VAULT.address)

    def test_a_reversed_one_waits_until_its_deposit_is_back(self, chain: FakeChain) -> None:
        purchase = bought(chain, 3)
        let_go(purchase)
        reversing.reverse(deposit=purchase.deposit, because="test", by=refunds.SIGNS, now=NOW)
        assert refunds.sign_authorised(now=LATER, limit=10).seen == 0
