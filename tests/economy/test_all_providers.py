"""What one provider alone must not do, nor hold up; and findings that close when what they told is over."""

from dataclasses import replace

import pytest

from apps.core.errors import AdapterError
from apps.economy.models import ChainCursor, Deposit, Finding, Purchase, Refund
from apps.economy.services import refunds, watching
from apps.economy.types import DepositStatus, FindingKind, PurchaseStatus, RefundCause, RefundStatus, VaultLog
from tests.economy import giving_back, shop
from tests.economy.world import NOW, VAULT, FakeChain, silent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_agrees")]
TWO = replace(VAULT, rpc_urls=("http://a.test", "http://b.test"))
STRANGER = "0x" + "99" * 20
MUCH = VAULT.agree_above_wei + 1


@pytest.fixture
def two() -> tuple[FakeChain, FakeChain]:
    """Two providers that tell the same, with a purchase above the threshold that both have confirmed."""
    first = FakeChain(vault=TWO, name="a.test")
    quote = shop.quote_for(shop.player(), first)
    first.pay(quote.wallet_address, quote.nonce, MUCH)
    first.mine(6)
    second = first.twin("b.test")
    shop.scan(first, second)
    shop.confirm(first, second)
    assert stands() == (DepositStatus.CONFIRMED, PurchaseStatus.CONFIRMED)
    return first, second


def stands() -> tuple[str, str]:
    return Deposit.objects.get().status, Purchase.objects.get().status


WHOLE = (DepositStatus.CONFIRMED, PurchaseStatus.CONFIRMED)
UNDONE = (DepositStatus.REVERSED, PurchaseStatus.REVERSED)


def test_a_fork_of_one_provider_reverses_nothing_while_the_other_is_a_block_behind(
    two: tuple[FakeChain, FakeChain],
) -> None:
    forked, honest = two
    before = list(forked.blocks), dict(forked.events)
    forked.reorg(8)
    shop.scan(forked, honest)
    assert stands() == WHOLE and shop.findings() == [FindingKind.DISAGREEMENT]
    assert Finding.objects.get().detail["there"] == ["b.test"]
    forked.blocks, forked.events = before
    forked.mine(3)
    honest.mine(3)
    shop.scan(forked, honest)
    assert stands() == WHOLE and shop.findings() == []


@pytest.mark.parametrize("how", ["silent", "missing", "not so far"])
def test_above_the_threshold_who_has_no_word_has_not_agreed_to_a_reversal(
    two: tuple[FakeChain, FakeChain], how: str
) -> None:
    forked, honest = two
    forked.reorg(8)
    if how == "missing":
        shop.scan(forked)
    elif how == "silent":
        with silent(honest):
            shop.scan(forked, honest)
    else:
        honest.lag = 8
        shop.scan(forked, honest)
        honest.lag = 0
    assert stands() == WHOLE and shop.findings() == [FindingKind.DISAGREEMENT]
    honest.blocks, honest.events = list(forked.blocks), forked.events
    shop.scan(forked, honest)
    assert stands() == UNDONE and shop.findings() == [FindingKind.REORG]


def test_a_provider_that_is_always_a_block_behind_holds_nothing_up_for_ever() -> None:
    first = FakeChain(vault=TWO, name="a.test")
    quote = shop.quote_for(shop.player(), first)
    first.pay(quote.wallet_address, quote.nonce, MUCH)
    first.mine(VAULT.confirmations - 1)
    behind = first.twin("b.test")
    behind.lag = 1
    shop.scan(first, behind)
    assert shop.confirm(first, behind).done == 0
    first.mine()
    behind.blocks = list(first.blocks)
    assert shop.confirm(first, behind).done == 1


def test_large_deposits_that_wait_for_a_provider_hold_up_no_small_one() -> None:
    first = FakeChain(vault=TWO, name="a.test")
    for number in range(5):
        first.pay(STRANGER, number, MUCH)
    quote = shop.quote_for(shop.player(), first)
    first.pay(quote.wallet_address, quote.nonce, quote.fee_wei)
    first.mine(8)
    shop.scan(first)
    report = shop.confirm(first, limit=5)
    assert (report.done, report.skipped) == (1, 5)
    assert Purchase.objects.get().quote == quote


def test_fees_that_cannot_be_signed_take_no_place_of_one_that_can() -> None:
    with giving_back.configured():
        chain = giving_back.make_chain()
        stuck, due = giving_back.bought(chain, 3), giving_back.bought(chain, 4)
        giving_back.let_go(stuck), giving_back.let_go(due)
        Deposit.objects.filter(pk=stuck.deposit_id).update(vault="0x" + "fb" * 20)
        report = refunds.sign_authorised(now=NOW, limit=1)
        assert (report.done, report.failed) == (1, 1)
        Deposit.objects.filter(pk=stuck.deposit_id).update(vault=VAULT.address)
    assert Refund.objects.get().purchase == due


def test_a_deposit_whose_money_is_going_back_brings_nothing_back_with_it() -> None:
    with giving_back.configured():
        chain = giving_back.make_chain()
        purchase = giving_back.bought(chain, 9)
        deposit, fee = purchase.deposit, purchase.fee_wei
        chain.reorg(5)
        giving_back.look(chain)
        chain.pay(deposit.payer_address, 9, fee - 1, resolver=giving_back.VAULT.resolver)
        chain.mine(4)
        giving_back.look(chain)
        refund = refunds.ask(
            deposit=deposit, cause=RefundCause.UNMATCHED, reason="x", by=giving_back.acting("ann"), now=NOW
        )
        refund = refunds.approve(refund=refund, by=giving_back.acting("bob"), now=NOW)
        chain.reorg(6)
        giving_back.look(chain)
        chain.pay(deposit.payer_address, 9, fee, resolver=giving_back.VAULT.resolver)
        chain.mine(4)
        giving_back.look(chain)
    deposit.refresh_from_db()
    purchase.refresh_from_db()
    assert refund.status == RefundStatus.SIGNED and purchase.status == PurchaseStatus.REVERSED
    assert (deposit.status, deposit.unmatched_reason) == (DepositStatus.CONFIRMED, "NOT_GRANTABLE")
    assert purchase.entitlement.revoked_at is not None and FindingKind.REORG in shop.findings()


def test_a_reorganisation_of_what_bought_nothing_is_over_when_it_is_back(chain: FakeChain) -> None:
    chain.pay(STRANGER, 77, 5)
    shop.settle([chain])
    chain.reorg(4, keep=True)
    shop.scan(chain)
    assert shop.findings() == [FindingKind.REORG]
    chain.mine(4)
    shop.settle([chain])
    assert Deposit.objects.get().status == DepositStatus.CONFIRMED and shop.findings() == []


def test_a_disagreement_about_a_payment_that_left_is_over(
    chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.pay(STRANGER, 77, 5)
    chain.mine(VAULT.confirmations)
    shop.scan(chain)
    with monkeypatch.context() as wrong:
        wrong.setattr(chain, "deposit_of", lambda *_, **__: 4)
        shop.confirm(chain)
    assert shop.findings() == [FindingKind.DISAGREEMENT]
    chain.reorg(VAULT.confirmations + 1)
    shop.scan(chain)
    assert Deposit.objects.get().status == DepositStatus.DROPPED and shop.findings() == []


def test_what_was_said_of_providers_of_a_vault_that_left_the_settings_is_over(chain: FakeChain) -> None:
    for chain_id in (VAULT.chain_id, 99):
        Finding.objects.create(
            kind=FindingKind.WRONG_CHAIN, chain_id=chain_id, subject="x.test", found_at=NOW, seen_at=NOW
        )
    watching.reconcile_all(now=NOW, chain_id=5)
    assert list(Finding.objects.filter(closed_at=None).values_list("chain_id", flat=True)) == [VAULT.chain_id]


def test_a_second_provider_does_not_bring_the_head_below_what_the_first_has_written(
    chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.mine(40)
    behind = chain.twin("b.test")
    chain.mine(60)
    ask, narrow = chain.logs, replace(VAULT, most_blocks=20)

    def logs(first: int, last: int) -> list[VaultLog]:
        if last == chain.blocks[-1].number:
            raise AdapterError("It failed in the last range.", transient=True)
        return ask(first, last)

    monkeypatch.setattr(chain, "logs", logs)
    report = shop.scan(chain, behind, vault=narrow)
    cursor = ChainCursor.objects.get()
    assert report.failed == 1 and "last range" in cursor.last_error
    assert cursor.scanned_to <= cursor.head_number == chain.blocks[-1].number
