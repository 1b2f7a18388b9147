"""A deposit that leaves the chain after it counted takes everything back with it, and brings it again exactly once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.clones import services as clones
from apps.clones.models import Clone, Entitlement
from apps.competition.services import auditions, refunds, rulebooks
from apps.competition.types import AuditionStatus
from apps.core import states
from apps.core.errors import IllegalTransition
from apps.economy.invariants.purchases import reversed_purchases_grant_nothing
from apps.economy.models import Deposit, Finding, JournalEntry, Purchase, Refund
from apps.economy.services import ledger, reversing, settling
from apps.economy.services import refunds as money_back
from apps.economy.types import (
    PURCHASE_TRANSITIONS,
    Book,
    DepositStatus,
    FindingKind,
    PurchaseStatus,
    RefundCause,
    RefundStatus,
)
from apps.operations.audit import Actor
from apps.operations.models import AuditEvent
from apps.users.services.accounts import create_user
from tests.economy import shop
from tests.economy.world import NOW, VAULT, FakeChain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_agrees")]

FEE = 10**16
N = VAULT.confirmations
LATER = NOW + timedelta(minutes=5)
PAYER = "0x" + "0a" * 20


@pytest.fixture
def bought(chain: FakeChain) -> Deposit:
    """A deposit of one wei too much that bought a clone; the newest block is its fourth."""
    return shop.confirmed(shop.quote_for(shop.player(), chain), chain, amount=FEE + 1)


def state(deposit: Deposit) -> tuple[str, str, bool]:
    """How the deposit, its purchase and its grant stand."""
    deposit.refresh_from_db()
    purchase = Purchase.objects.get()
    return deposit.status, purchase.status, purchase.entitlement.revoked_at is None


WHOLE = (DepositStatus.CONFIRMED, PurchaseStatus.CONFIRMED, True)
UNDONE = (DepositStatus.REVERSED, PurchaseStatus.REVERSED, False)


def test_c09_a_deposit_that_left_after_the_grant_is_undone_and_nothing_is_deleted(
    chain: FakeChain, bought: Deposit
) -> None:
    entries = JournalEntry.objects.count()
    chain.reorg(N)
    shop.scan(chain, now=LATER)
    assert state(bought) == UNDONE
    assert (bought.tx_hash, bought.confirmed_at, Purchase.objects.get().reversed_at) == ("", None, LATER)
    assert shop.balances() == {}
    assert JournalEntry.objects.count() == entries + 1
    assert [each.kind for each in bought.sightings.all()] == ["seen", "confirmed", "gone"]
    finding = Finding.objects.get()
    assert (finding.kind, finding.subject, finding.closed_at) == (FindingKind.REORG, bought.public_id, None)
    assert finding.detail["purchase"] == Purchase.objects.get().public_id
    assert Entitlement.objects.get(is_mock=False).revoked_reason == f"{bought.public_id} left the chain"
    verbs = set(AuditEvent.objects.filter(at=LATER).values_list("verb", flat=True))
    assert {"economy.deposit.reversed", "economy.purchase.reversed", "clones.entitlement.revoked"} <= verbs
    shop.scan(chain, now=LATER)
    assert (JournalEntry.objects.count(), bought.sightings.count()) == (entries + 1, 3)


@pytest.mark.parametrize("keep", [False, True], ids=["lost", "mined again"])
@pytest.mark.parametrize("depth", [1, N - 1, N, N + 1])
def test_c09_reorganisations_after_the_grant_reach_it_from_its_depth_on(
    chain: FakeChain, bought: Deposit, depth: int, keep: bool
) -> None:
    chain.reorg(depth, keep=keep)
    shop.scan(chain, now=LATER)
    if depth < N:
        assert state(bought) == WHOLE
        assert not Finding.objects.exists()
    elif not keep:
        assert state(bought) == UNDONE
    else:
        assert state(bought) == (DepositStatus.PENDING, PurchaseStatus.REVERSED, False)
    shop.confirm(chain, now=LATER)
    if keep or depth < N:
        assert state(bought) == WHOLE
        assert shop.balances() == {Book.VAULT: FEE + 1, Book.FEES: -FEE, Book.SURPLUS: -1}


def test_c09_reinclusion_restores_exactly_once_however_often_it_goes(
    chain: FakeChain, bought: Deposit
) -> None:
    for round_ in range(1, 4):
        now = LATER + timedelta(minutes=round_)
        chain.reorg(N, keep=True, grow=0)
        shop.scan(chain, now=now)
        assert state(bought) == (DepositStatus.PENDING, PurchaseStatus.REVERSED, False)
        assert shop.balances() == {}
        for _ in range(2):
            shop.confirm(chain, now=now)
            shop.scan(chain, now=now)
        assert state(bought) == WHOLE
        assert shop.balances() == {Book.VAULT: FEE + 1, Book.FEES: -FEE, Book.SURPLUS: -1}
    assert (Purchase.objects.count(), Entitlement.objects.filter(is_mock=False).count()) == (1, 1)
    assert (Clone.objects.count(), Finding.objects.filter(closed_at=None).count()) == (1, 0)
    assert JournalEntry.objects.count() == 2 + 3 * 3
    assert AuditEvent.objects.filter(verb="clones.entitlement.reinstated").count() == 3


def test_c09_a_payment_that_comes_back_smaller_restores_nothing_and_is_owed(
    chain: FakeChain, bought: Deposit
) -> None:
    chain.reorg(N)
    shop.scan(chain)
    chain.pay(bought.payer_address, bought.nonce, FEE - 1)
    shop.settle([chain])
    assert state(bought) == (DepositStatus.CONFIRMED, PurchaseStatus.REVERSED, False)
    assert (bought.unmatched_reason, bought.amount_wei) == ("AMOUNT_TOO_LOW", FEE - 1)
    assert shop.balances() == {Book.VAULT: FEE - 1, Book.UNMATCHED: 1 - FEE}
    assert Finding.objects.get(kind=FindingKind.REORG).closed_at is None


def test_c09_a_payment_that_comes_back_larger_restores_with_its_surplus(
    chain: FakeChain, bought: Deposit
) -> None:
    chain.reorg(N)
    shop.scan(chain)
    chain.pay(bought.payer_address, bought.nonce, FEE + 9)
    shop.settle([chain])
    assert state(bought) == WHOLE
    assert shop.balances() == {Book.VAULT: FEE + 9, Book.FEES: -FEE, Book.SURPLUS: -9}


def give_back(purchase: Purchase) -> None:
    """What signing the refund of a purchase writes, without a resolver's key; two operators let it go."""
    asker, decider = shop.player(8).user, shop.player(9).user
    asked = refunds.ask(entitlement=purchase.entitlement, reason="asked for", by=Actor.user(asker), now=NOW)
    refunds.authorise(authorisation=asked, by=Actor.user(decider), reason="yes", now=NOW)
    refund = Refund.objects.create(
        cause=RefundCause.PURCHASE,
        deposit=purchase.deposit,
        purchase=purchase,
        payee_address=purchase.deposit.payer_address,
        chain_id=VAULT.chain_id,
        vault=VAULT.address,
        resolver=VAULT.resolver,
        amount_wei=purchase.fee_wei,
        nonce=1,
        reason="voided",
        asked_at=NOW,
        asked_by=asker,
        approved_by=decider,
        authorisation_id=asked.pk,
        status=RefundStatus.SIGNED,
        signed_at=NOW,
        deadline_at=NOW + timedelta(days=7),
    )
    ledger.post(
        chain_id=VAULT.chain_id,
        kind="refund.signed",
        reference=f"{refund.public_id}:signed",
        subject=refund.public_id,
        lines={Book.FEES: purchase.fee_wei, Book.REFUNDS: -purchase.fee_wei},
        by=shop.BY,
        now=NOW,
    )
    states.advance(purchase, to=PurchaseStatus.REFUNDED, table=PURCHASE_TRANSITIONS, refunded_at=NOW)


def test_a_purchase_that_was_given_back_is_not_restored_and_somebody_is_told(
    chain: FakeChain, bought: Deposit
) -> None:
    give_back(Purchase.objects.get())
    chain.reorg(N)
    shop.scan(chain)
    assert state(bought) == (DepositStatus.REVERSED, PurchaseStatus.REFUNDED, False)
    # The arena owes money that it does not have: the books say so.
    assert shop.balances() == {Book.FEES: FEE, Book.REFUNDS: -FEE}
    chain.pay(bought.payer_address, bought.nonce, FEE + 1)
    shop.settle([chain])
    assert state(bought) == (DepositStatus.CONFIRMED, PurchaseStatus.REFUNDED, False)
    finding = Finding.objects.get(kind=FindingKind.REORG)
    assert finding.closed_at is None and "not restored" in finding.detail["why"]
    assert shop.balances() == {Book.VAULT: FEE + 1, Book.REFUNDS: -FEE, Book.SURPLUS: -1}


def test_c09_an_audition_that_runs_on_the_grant_is_flagged_until_the_deposit_is_back(
    chain: FakeChain, bought: Deposit
) -> None:
    clone = Purchase.objects.get().clone
    clones.publish(clone=clone, by=shop.BY, now=NOW)
    audition = auditions.submit(clone=clone, rulebook=rulebooks.offered(now=NOW), by=shop.BY, now=NOW)
    chain.reorg(N, keep=True)
    shop.scan(chain, now=LATER)
    audition.refresh_from_db()
    assert (audition.status, audition.flagged_at) == (AuditionStatus.RUNNING, LATER)
    assert audition.flag_reason == f"{bought.public_id} left the chain"
    shop.confirm(chain, now=LATER)
    audition.refresh_from_db()
    assert (audition.status, audition.flagged_at) == (AuditionStatus.RUNNING, None)
    assert state(bought) == WHOLE


def test_a_grant_that_was_withdrawn_for_another_reason_stays_withdrawn(
    chain: FakeChain, bought: Deposit
) -> None:
    grant = Purchase.objects.get().entitlement
    clones.revoke_entitlement(entitlement=grant, reason="refund rfa_1 asked", by=shop.BY, now=NOW)
    chain.reorg(N, keep=True)
    shop.scan(chain)
    shop.confirm(chain)
    deposit_status, purchase_status, counts = state(bought)
    assert (deposit_status, purchase_status, counts) == (
        DepositStatus.CONFIRMED,
        PurchaseStatus.CONFIRMED,
        False,
    )
    grant.refresh_from_db()
    assert grant.revoked_reason == "refund rfa_1 asked"
    clones.reinstate_entitlement(entitlement=grant, reason="denied", by=shop.BY, now=NOW)


def test_what_is_owed_is_owed_no_more_when_its_deposit_left(chain: FakeChain) -> None:
    chain.pay(PAYER, 7, FEE)
    shop.settle([chain])
    deposit = Deposit.objects.get()
    assert shop.balances() == {Book.VAULT: FEE, Book.UNMATCHED: -FEE}
    chain.reorg(N)
    shop.scan(chain)
    deposit.refresh_from_db()
    assert (deposit.status, deposit.unmatched_reason, shop.balances()) == (DepositStatus.REVERSED, "", {})
    chain.pay(PAYER, 7, FEE)
    shop.settle([chain])
    deposit.refresh_from_db()
    assert (deposit.status, deposit.unmatched_reason) == (DepositStatus.CONFIRMED, "NO_QUOTE")
    assert shop.balances() == {Book.VAULT: FEE, Book.UNMATCHED: -FEE}


def test_c16_one_provider_that_lost_it_reverses_nothing_while_another_has_it(
    chain: FakeChain, bought: Deposit
) -> None:
    other = chain.twin("other.test")
    vault = replace(VAULT, rpc_urls=("http://chain.test", "http://other.test"))
    chain.reorg(N, grow=0)
    shop.scan(chain, other, vault=vault)
    assert state(bought) == WHOLE
    finding = Finding.objects.get()
    assert (finding.kind, finding.detail["there"]) == (FindingKind.DISAGREEMENT, ["other.test"])
    other.reorg(N, grow=0)
    shop.scan(chain, other, vault=vault)
    assert state(bought) == UNDONE
    finding.refresh_from_db()
    assert finding.closed_at is not None


def test_only_what_was_confirmed_is_reversed_and_only_what_is_pending_settled(
    chain: FakeChain, bought: Deposit
) -> None:
    block = chain.block(bought.block_number)
    assert block is not None
    with pytest.raises(IllegalTransition):
        settling.settle(deposit=bought, block=block, by=shop.BY, now=NOW)
    chain.reorg(N)
    shop.scan(chain)
    with pytest.raises(IllegalTransition):
        reversing.reverse(deposit=bought, because="again", by=shop.BY, now=NOW)
    assert state(bought) == UNDONE


def test_a_deposit_that_moved_while_it_was_looked_at_is_not_settled(chain: FakeChain) -> None:
    deposit = shop.paid(shop.quote_for(shop.player(), chain), chain)
    block = chain.block(deposit.block_number)
    assert block is not None
    chain.reorg(1, keep=True)
    shop.scan(chain)
    with pytest.raises(IllegalTransition):
        settling.settle(deposit=deposit, block=block, by=shop.BY, now=NOW)
    assert not Purchase.objects.exists()


@pytest.mark.parametrize("comes_back_first", [True, False])
def test_a_grant_withdrawn_for_two_reasons_counts_when_both_are_over(
    chain: FakeChain, bought: Deposit, comes_back_first: bool
) -> None:
    grant = Purchase.objects.get().entitlement
    ann = Actor.user(create_user(username="ann", by=shop.BY, now=NOW))
    leave = refunds.ask(entitlement=grant, reason="changed my mind", by=ann, now=NOW)
    chain.reorg(N)
    shop.scan(chain)

    def comes_back() -> None:
        chain.pay(bought.payer_address, bought.nonce, bought.amount_wei)
        shop.settle([chain])

    def is_denied() -> None:
        refunds.deny(authorisation=leave, reason="no", by=ann, now=NOW)

    first, second = (comes_back, is_denied) if comes_back_first else (is_denied, comes_back)
    first()
    grant.refresh_from_db()
    assert grant.revoked_at is not None
    assert reversed_purchases_grant_nothing() == []
    second()
    grant.refresh_from_db()
    assert (grant.revoked_at, grant.revoked_reason) == (None, "")
    assert state(bought) == WHOLE


def test_what_is_being_given_back_buys_nothing_when_it_comes_again(chain: FakeChain) -> None:
    quote = shop.quote_for(shop.player(), chain)
    short = shop.confirmed(quote, chain, amount=FEE - 1)
    ann = Actor.user(create_user(username="ann", by=shop.BY, now=NOW))
    money_back.ask(deposit=short, cause=RefundCause.UNMATCHED, reason="too little", by=ann, now=NOW)
    chain.reorg(N)
    shop.scan(chain)
    chain.pay(quote.wallet_address, quote.nonce, FEE)
    shop.settle([chain])
    short.refresh_from_db()
    assert (short.status, short.unmatched_reason) == (DepositStatus.CONFIRMED, "NOT_GRANTABLE")
    assert shop.balances() == {Book.VAULT: FEE, Book.UNMATCHED: -FEE}
    assert not Purchase.objects.exists()
