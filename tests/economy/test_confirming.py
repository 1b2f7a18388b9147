"""Letting deposits count: exact amounts, enough blocks of one chain, agreement, and whatever bought nothing kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps.clones import services as clones
from apps.clones.models import Clone, Entitlement
from apps.core.fields import MAX_WEI
from apps.economy.models import Deposit, Finding, Purchase, Quote
from apps.economy.services import quotes
from apps.economy.types import Book, DepositStatus, FindingKind, Head, QuoteStatus, Vault
from apps.operations.models import AuditEvent
from tests.economy import shop
from tests.economy.world import NOW, VAULT, FakeChain, silent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_agrees")]

FEE = 10**16
PAYER = "0x" + "0a" * 20


def outcome(deposit: Deposit) -> tuple[str, str]:
    deposit.refresh_from_db()
    return deposit.status, deposit.unmatched_reason


def test_a_paid_offer_becomes_a_clone_with_its_grant(chain: FakeChain) -> None:
    who = shop.player()
    quote = shop.quote_for(who, chain, tier="pro", assets=10, strength="frontier", name="Oracle")
    deposit = shop.confirmed(quote, chain, now=NOW + timedelta(minutes=1))
    quote.refresh_from_db()
    purchase = Purchase.objects.get()
    grant = purchase.entitlement
    assert outcome(deposit) == (DepositStatus.CONFIRMED, "")
    assert (quote.status, quote.used_at) == (QuoteStatus.USED, NOW + timedelta(minutes=1))
    assert (purchase.deposit, purchase.quote, purchase.user) == (deposit, quote, who.user)
    assert (purchase.fee_wei, purchase.surplus_wei, purchase.nonce) == (quote.fee_wei, 0, quote.nonce)
    assert (purchase.clone.name, purchase.clone.owner) == ("Oracle", who.user)
    assert (grant.tier, grant.model_strength, grant.is_mock) == ("pro", "frontier", False)
    assert grant.terms_digest == quote.rulebook_digest
    assert shop.balances() == {Book.VAULT: quote.fee_wei, Book.FEES: -quote.fee_wei}
    verbs = AuditEvent.objects.filter(verb__startswith="economy.").values_list("verb", flat=True)
    assert sorted(verbs) == ["economy.deposit.confirmed", "economy.purchase.made", "economy.quote.issued"]


def test_a_paid_offer_for_a_clone_grants_to_that_clone(chain: FakeChain) -> None:
    who = shop.player()
    clone = clones.create_clone(owner=who.user, name="Mine", by=shop.BY, now=NOW)
    deposit = shop.confirmed(shop.quote_for(who, chain, clone=clone), chain)
    assert (deposit.purchase.clone, Clone.objects.count()) == (clone, 1)


def test_it_counts_with_the_last_confirmation_and_not_before(chain: FakeChain) -> None:
    deposit = shop.paid(shop.quote_for(shop.player(), chain), chain)
    for _ in range(VAULT.confirmations - 1):
        shop.confirm(chain)
        assert outcome(deposit) == (DepositStatus.PENDING, "")
        chain.mine()
    assert shop.confirm(chain).done == 1
    assert outcome(deposit) == (DepositStatus.CONFIRMED, "")
    assert shop.confirm(chain).seen == 0


@pytest.mark.parametrize(
    ("amount", "reason", "surplus"),
    [
        (FEE - 1, "AMOUNT_TOO_LOW", None),
        (FEE, "", 0),
        (FEE + 1, "", 1),
        (0, "AMOUNT_TOO_LOW", None),
        (1, "AMOUNT_TOO_LOW", None),
    ],
)
def test_c05_the_amount_is_compared_to_the_wei(
    chain: FakeChain, amount: int, reason: str, surplus: int | None
) -> None:
    deposit = shop.confirmed(shop.quote_for(shop.player(), chain), chain, amount=amount)
    assert outcome(deposit) == (DepositStatus.CONFIRMED, reason)
    if surplus is None:
        assert not Purchase.objects.exists() and Quote.objects.get().status == QuoteStatus.OPEN
        assert shop.balances() == ({Book.VAULT: amount, Book.UNMATCHED: -amount} if amount else {})
        assert not Entitlement.objects.filter(is_mock=False).exists() and not Clone.objects.exists()
    else:
        assert Purchase.objects.get().surplus_wei == surplus
        booked = {Book.VAULT: amount, Book.FEES: -FEE, Book.SURPLUS: -surplus}
        assert shop.balances() == {book: wei for book, wei in booked.items() if wei}


def test_c05_the_largest_amount_of_all_is_exact(chain: FakeChain) -> None:
    deposit = shop.confirmed(shop.quote_for(shop.player(), chain), chain, amount=MAX_WEI)
    assert deposit.purchase.surplus_wei == MAX_WEI - FEE
    assert shop.balances() == {Book.VAULT: MAX_WEI, Book.FEES: -FEE, Book.SURPLUS: FEE - MAX_WEI}


def test_c05_a_short_payment_leaves_the_offer_for_the_right_one(chain: FakeChain) -> None:
    who = shop.player()
    quote = shop.quote_for(who, chain)
    shop.confirmed(quote, chain, amount=FEE - 1)
    right = shop.confirmed(shop.quote_for(who, chain, name="Second"), chain)
    assert outcome(right) == (DepositStatus.CONFIRMED, "")


def test_c12_a_deposit_without_an_offer_is_kept_and_owed(chain: FakeChain) -> None:
    chain.pay(PAYER, 7, FEE)
    shop.settle([chain])
    assert outcome(Deposit.objects.get()) == (DepositStatus.CONFIRMED, "NO_QUOTE")
    assert shop.balances() == {Book.VAULT: FEE, Book.UNMATCHED: -FEE}


def test_c12_a_deposit_from_another_wallet_buys_nothing_and_leaves_the_offer(chain: FakeChain) -> None:
    quote = shop.quote_for(shop.player(), chain)
    stranger = shop.confirmed(quote, chain, payer=PAYER)
    assert outcome(stranger) == (DepositStatus.CONFIRMED, "OTHER_PAYER")
    own = shop.confirmed(quote, chain)
    assert outcome(own) == (DepositStatus.CONFIRMED, "")
    assert shop.balances() == {Book.VAULT: 2 * FEE, Book.UNMATCHED: -FEE, Book.FEES: -FEE}


def test_a_payment_in_time_counts_however_late_it_is_looked_at(chain: FakeChain) -> None:
    quote = shop.quote_for(shop.player(), chain)
    chain.pay(quote.wallet_address, quote.nonce, FEE)
    late = NOW + timedelta(hours=6)
    quotes.expire_due(now=late, limit=10)
    shop.settle([chain], now=late)
    assert outcome(Deposit.objects.get()) == (DepositStatus.CONFIRMED, "")
    assert Quote.objects.get().status == QuoteStatus.USED


@pytest.mark.parametrize("is_marked", [True, False], ids=["marked", "not yet marked"])
def test_c11_a_late_payment_is_kept_for_an_operator(chain: FakeChain, is_marked: bool) -> None:
    quote = shop.quote_for(shop.player(), chain)
    chain.now = late = quote.expires_at + timedelta(seconds=1)
    if is_marked:
        quotes.expire_due(now=late, limit=10)
    deposit = shop.confirmed(quote, chain, now=late)
    assert outcome(deposit) == (DepositStatus.CONFIRMED, "QUOTE_EXPIRED")
    assert shop.balances() == {Book.VAULT: FEE, Book.UNMATCHED: -FEE}


def test_a_payment_seen_at_the_last_moment_is_in_time(chain: FakeChain) -> None:
    quote = shop.quote_for(shop.player(), chain)
    chain.now = quote.expires_at + timedelta(days=1)
    assert outcome(shop.confirmed(quote, chain, now=quote.expires_at)) == (DepositStatus.CONFIRMED, "")


@pytest.mark.parametrize("stamp", [0, 1, 2**40, 2**62], ids=str)
def test_c18_the_blocks_word_for_the_time_neither_confirms_nor_delays(chain: FakeChain, stamp: int) -> None:
    quote = shop.quote_for(shop.player(), chain)
    deposit = shop.paid(quote, chain)
    chain.blocks = [head._replace(timestamp=stamp) for head in chain.blocks]
    shop.confirm(chain)
    assert outcome(deposit) == (DepositStatus.PENDING, "")
    shop.settle([chain])
    assert outcome(deposit) == (DepositStatus.CONFIRMED, "")


def test_c18_a_tag_of_the_chain_must_have_passed_the_block_besides(chain: FakeChain) -> None:
    deposit = shop.paid(shop.quote_for(shop.player(), chain), chain)
    vault, chain.final_lag = replace(VAULT, finality="finalized"), 8
    chain.mine(7)
    shop.scan(chain)
    assert shop.confirm(chain, vault=vault).seen == 0
    chain.mine(1)
    assert shop.confirm(chain, vault=vault).done == 1
    assert outcome(deposit)[0] == DepositStatus.CONFIRMED


def test_a_tag_does_not_replace_the_depth(chain: FakeChain) -> None:
    shop.paid(shop.quote_for(shop.player(), chain), chain)
    assert shop.confirm(chain, vault=replace(VAULT, finality="safe")).seen == 0


Prepare = Callable[[shop.Player, Clone], None]


def _retired(_: shop.Player, clone: Clone) -> None:
    clones.moderate_clone(clone=clone, to="retired", reason="reported", by=shop.BY, now=NOW)


def _deleted(_: shop.Player, clone: Clone) -> None:
    clones.delete_clone(clone=clone, by=shop.BY, now=NOW)


@pytest.mark.parametrize("act", [_retired, _deleted])
def test_what_can_no_longer_be_given_is_owed(chain: FakeChain, act: Prepare) -> None:
    who = shop.player()
    clone = clones.create_clone(owner=who.user, name="Mine", by=shop.BY, now=NOW)
    quote = shop.quote_for(who, chain, clone=clone)
    act(who, clone)
    deposit = shop.confirmed(quote, chain)
    assert outcome(deposit) == (DepositStatus.CONFIRMED, "NOT_GRANTABLE")
    assert Quote.objects.get().status == QuoteStatus.OPEN
    assert shop.balances() == {Book.VAULT: FEE, Book.UNMATCHED: -FEE}
    said = AuditEvent.objects.get(verb="economy.quote.not-granted")
    assert said.detail["code"] == "CLONE_RETIRED"


def test_a_name_that_was_taken_meanwhile_leaves_the_money_owed_and_nothing_behind(chain: FakeChain) -> None:
    quote = shop.quote_for(shop.player(), chain, name="Oracle")
    clones.create_clone(owner=shop.player(2).user, name="Oracle", by=shop.BY, now=NOW)
    deposit = shop.confirmed(quote, chain)
    assert outcome(deposit) == (DepositStatus.CONFIRMED, "NOT_GRANTABLE")
    assert (Clone.objects.count(), Entitlement.objects.filter(is_mock=False).count()) == (1, 0)
    assert Quote.objects.get().status == QuoteStatus.OPEN


def test_a_paid_clone_needs_no_free_one(chain: FakeChain, settings: Any) -> None:
    settings.FREE_CLONES_PER_USER = 0
    assert shop.confirmed(shop.quote_for(shop.player(), chain), chain).purchase.clone.name == "Trader 1"


def two_providers(chain: FakeChain) -> tuple[Vault, FakeChain]:
    return replace(VAULT, rpc_urls=("http://chain.test", "http://other.test")), chain.twin("other.test")


def test_c16_above_the_threshold_nothing_is_granted_until_two_providers_agree(chain: FakeChain) -> None:
    quote = shop.quote_for(shop.player(), chain)
    amount = VAULT.agree_above_wei + 1
    deposit = shop.paid(quote, chain, amount=amount)
    vault, other = two_providers(chain)
    lie = other.events[deposit.block_hash][0]._replace(amount_wei=amount - 1)
    truth, other.events[deposit.block_hash] = other.events[deposit.block_hash], [lie]
    for each in (chain, other):
        each.mine(VAULT.confirmations)
    for _ in range(2):
        assert shop.confirm(chain, other, vault=vault).done == 0
    finding = Finding.objects.get()
    assert (finding.kind, finding.subject) == (FindingKind.DISAGREEMENT, deposit.public_id)
    assert finding.detail["providers"] == ["chain.test: same", "other.test: differs"]
    assert outcome(deposit) == (DepositStatus.PENDING, "") and not Purchase.objects.exists()
    other.events[deposit.block_hash] = truth
    assert shop.confirm(chain, other, vault=vault).done == 1
    finding.refresh_from_db()
    assert finding.closed_at is not None
    assert Purchase.objects.get().surplus_wei == amount - FEE


def test_c16_a_second_provider_on_another_fork_disagrees(chain: FakeChain) -> None:
    deposit = shop.paid(shop.quote_for(shop.player(), chain), chain, amount=VAULT.agree_above_wei + 1)
    vault, other = two_providers(chain)
    other.reorg(1, grow=0)
    for each in (chain, other):
        each.mine(VAULT.confirmations)
    assert shop.confirm(chain, other, vault=vault).done == 0
    assert Finding.objects.get().detail["providers"][1] == "other.test: other block"
    assert outcome(deposit) == (DepositStatus.PENDING, "")


@pytest.mark.parametrize("how", ["silent", "left out", "behind"])
def test_c16_a_provider_that_does_not_answer_is_no_agreement(chain: FakeChain, how: str) -> None:
    deposit = shop.paid(shop.quote_for(shop.player(), chain), chain, amount=VAULT.agree_above_wei + 1)
    vault, other = two_providers(chain)
    chain.mine(VAULT.confirmations)
    if how != "behind":
        other.mine(VAULT.confirmations)
    if how == "left out":
        report = shop.confirm(chain, vault=vault)
    elif how == "silent":
        with silent(other):
            report = shop.confirm(chain, other, vault=vault)
    else:
        report = shop.confirm(chain, other, vault=vault)
    assert (report.done, report.skipped, Finding.objects.count()) == (0, 1, 0)
    other.mine(VAULT.confirmations)
    assert shop.confirm(chain, other, vault=vault).done == 1
    assert outcome(deposit)[0] == DepositStatus.CONFIRMED


def test_c16_up_to_the_threshold_one_provider_is_enough(chain: FakeChain) -> None:
    deposit = shop.paid(shop.quote_for(shop.player(), chain), chain, amount=VAULT.agree_above_wei)
    vault, other = two_providers(chain)
    chain.mine(VAULT.confirmations)
    with silent(other):
        assert shop.confirm(chain, other, vault=vault).done == 1
    assert outcome(deposit)[0] == DepositStatus.CONFIRMED


def test_a_provider_whose_contract_says_otherwise_confirms_nothing(
    chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposit = shop.paid(shop.quote_for(shop.player(), chain), chain)
    chain.mine(VAULT.confirmations)
    monkeypatch.setattr(chain, "deposit_of", lambda *_, **__: FEE - 1)
    assert shop.confirm(chain).done == 0
    assert Finding.objects.get().kind == FindingKind.DISAGREEMENT
    assert outcome(deposit) == (DepositStatus.PENDING, "")


def test_c10_a_chain_that_moves_while_it_is_asked_confirms_nothing(
    chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposit = shop.paid(shop.quote_for(shop.player(), chain), chain)
    chain.mine(VAULT.confirmations)
    head = chain.head()
    ask = chain.block

    def moved(number: int) -> Head | None:
        return ask(number) if number != head.number else head._replace(hash="0x" + "99" * 32)

    monkeypatch.setattr(chain, "block", moved)
    report = shop.confirm(chain)
    assert (report.done, report.failed) == (0, 1) and "changed its chain" in report.errors[0]
    assert outcome(deposit) == (DepositStatus.PENDING, "")


def test_a_silent_chain_is_a_failed_report(chain: FakeChain) -> None:
    deposit = shop.paid(shop.quote_for(shop.player(), chain), chain)
    chain.mine(VAULT.confirmations)
    with silent(chain):
        report = shop.confirm(chain)
    assert (report.failed, report.done) == (1, 0)
    assert outcome(deposit) == (DepositStatus.PENDING, "")


def test_one_deposit_that_cannot_be_booked_holds_up_no_other(chain: FakeChain) -> None:
    first = shop.confirmed(shop.quote_for(shop.player(1), chain), chain, amount=MAX_WEI)
    chain.pay(PAYER, 7, 1)
    second = shop.quote_for(shop.player(2), chain)
    assert first.status == DepositStatus.CONFIRMED
    shop.scan(chain)
    chain.mine(VAULT.confirmations)
    report = shop.confirm(chain)
    assert (report.seen, report.failed) == (1, 1)  # the vault's book is full: one wei more is no 256 bits
    poor = Deposit.objects.get(nonce=7)
    assert (outcome(poor), poor.sightings.count()) == ((DepositStatus.PENDING, ""), 1)
    assert second.status == QuoteStatus.OPEN


def test_no_more_than_the_limit_is_settled_at_once_oldest_first(chain: FakeChain) -> None:
    for nonce in (3, 1, 2):
        chain.pay(PAYER, nonce, 5)
    shop.scan(chain)
    chain.mine(VAULT.confirmations)
    assert shop.confirm(chain, limit=2).done == 2
    assert list(Deposit.objects.filter(status=DepositStatus.PENDING).values_list("nonce", flat=True)) == [2]
