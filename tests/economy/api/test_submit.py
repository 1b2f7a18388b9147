"""Saying that an offer was paid: every answer of product and reliability, and once for each payment."""

from datetime import timedelta
from typing import Any

import pytest

from apps.clones.models import Entitlement
from apps.economy.models import Deposit, JournalEntry, Purchase, Quote
from apps.economy.types import DepositStatus, FindingKind
from apps.operations import clock
from tests.economy import shop
from tests.economy.api.desk import WANTED, Desk, bury, told
from tests.economy.world import FakeChain

pytestmark = pytest.mark.django_db


def run_out(quote: Quote) -> None:
    """The offer's time is over."""
    over = clock.real_now() - timedelta(minutes=5)
    Quote.objects.filter(pk=quote.pk).update(issued_at=over - timedelta(minutes=30), expires_at=over)


def test_a_payment_that_is_deep_enough_buys_at_once(desk: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    paid = chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(chain)
    answer = desk.submit(quote, txHash=paid.tx_hash)
    assert answer.status_code == 200, answer.content
    bought = answer.json()
    purchase = Purchase.objects.get()
    assert (bought["id"], bought["quoteId"], bought["txHash"]) == (
        purchase.public_id,
        quote.public_id,
        paid.tx_hash,
    )
    assert (bought["feeWei"], bought["surplusWei"], bought["cloneName"]) == (str(10**16), "0", "Trader 1")
    assert bought["depositNonce"] == str(quote.nonce)
    assert Entitlement.objects.get(is_mock=False).public_id == bought["entitlementId"]
    assert desk.get("purchases").json()["items"] == [bought]


def test_no_transaction_needs_to_be_named(desk: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(chain)
    assert desk.submit(quote).status_code == 200


def test_a_payment_that_is_not_deep_enough_is_pending_with_its_confirmations(
    desk: Desk, chain: FakeChain
) -> None:
    quote = desk.offer()
    paid = chain.pay(desk.address, quote.nonce, quote.fee_wei)
    for depth in range(1, chain.vault.confirmations):
        answer = desk.submit(quote, txHash=paid.tx_hash)
        assert told(answer) == (202, "DEPOSIT_PENDING")
        assert answer["Retry-After"] == "5"
        said = answer.json()
        assert (said["confirmations"], said["confirmationsNeeded"]) == (depth, 4)
        assert said["deposit"]["txHash"] == paid.tx_hash
        chain.mine()
    assert desk.submit(quote, txHash=paid.tx_hash).status_code == 200


def test_C01_the_same_payment_submitted_again_is_the_same_purchase(desk: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    paid = chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(chain)
    answers = [desk.submit(quote, txHash=paid.tx_hash, key=key) for key in ("a", "a", "b", "")]
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert (Purchase.objects.count(), Entitlement.objects.filter(is_mock=False).count()) == (1, 1)
    assert JournalEntry.objects.count() == 2


def test_C01_another_person_gets_nothing_for_it(desk: Desk, other: Desk, chain: FakeChain) -> None:
    quote, hers = desk.offer(), other.offer()
    paid = chain.pay(desk.address, quote.nonce, quote.fee_wei)
    assert told(other.submit(quote, txHash=paid.tx_hash)) == (403, "QUOTE_OF_ANOTHER")
    bury(chain)
    assert desk.submit(quote, txHash=paid.tx_hash).status_code == 200
    assert told(other.submit(quote, txHash=paid.tx_hash)) == (409, "DEPOSIT_ALREADY_CLAIMED")
    assert told(other.submit(hers, txHash=paid.tx_hash)) == (409, "DEPOSIT_ALREADY_CLAIMED")
    assert Purchase.objects.get().user == desk.user


def test_C03_a_failed_transaction_and_one_without_a_payment(desk: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    failed, empty = "0x" + "ab" * 32, "0x" + "cd" * 32
    chain.revert(failed)
    chain.carry(empty)
    assert told(desk.submit(quote, txHash=failed)) == (422, "TX_REVERTED")
    assert told(desk.submit(quote, txHash=empty)) == (422, "DEPOSIT_NOT_FOUND")
    assert not Deposit.objects.exists()


def test_C03_what_was_sent_anew_after_a_failure_counts(desk: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    failed = "0x" + "ab" * 32
    chain.revert(failed)
    chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(chain)
    assert desk.submit(quote, txHash=failed).status_code == 200


def test_C04_a_token_buys_nothing_and_is_told_to_operators(desk: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    paid = chain.pay(desk.address, quote.nonce, quote.fee_wei, token="0x" + "70" * 20)
    bury(chain)
    assert told(desk.submit(quote, txHash=paid.tx_hash)) == (422, "WRONG_TOKEN")
    assert not Deposit.objects.exists()
    shop.scan(chain, now=clock.real_now())
    assert list(shop.findings()) == [FindingKind.ORPHAN_DEPOSIT]


@pytest.mark.parametrize("short", [1, 10**16, 5 * 10**15])
def test_C05_less_than_the_price_is_kept_and_buys_nothing(desk: Desk, chain: FakeChain, short: int) -> None:
    quote = desk.offer()
    paid = chain.pay(desk.address, quote.nonce, quote.fee_wei - short)
    bury(chain)
    answer = desk.submit(quote, txHash=paid.tx_hash)
    assert told(answer) == (422, "AMOUNT_TOO_LOW")
    kept = desk.get("deposits").json()["items"]
    assert [(one["amountWei"], one["unmatchedReason"], one["purchaseId"]) for one in kept] == [
        (str(10**16 - short), "AMOUNT_TOO_LOW", None)
    ]
    assert kept[0]["id"] in answer.json()["detail"]


@pytest.mark.parametrize("over", [1, 2**256 - 1 - 10**16])
def test_C05_more_than_the_price_is_accepted_and_the_rest_is_owed(
    desk: Desk, chain: FakeChain, over: int
) -> None:
    quote = desk.offer()
    paid = chain.pay(desk.address, quote.nonce, quote.fee_wei + over)
    bury(chain)
    answer = desk.submit(quote, txHash=paid.tx_hash)
    assert (answer.status_code, answer.json()["surplusWei"]) == (200, str(over))


def test_C06_a_payment_on_another_of_our_chains(
    desk: Desk, chain: FakeChain, providers: list[FakeChain], settings: Any
) -> None:
    main = shop.second_chain(settings)
    providers.append(main)
    quote = desk.offer(chainId=6343)
    paid = main.pay(desk.address, quote.nonce, quote.fee_wei)
    assert told(desk.submit(quote, txHash=paid.tx_hash)) == (422, "WRONG_CHAIN")
    assert told(desk.submit(quote, chainId=4326)) == (422, "WRONG_CHAIN")
    assert told(desk.submit(quote)) == (202, "DEPOSIT_PENDING")
    main.down = "It does not answer."
    assert told(desk.submit(quote, txHash=paid.tx_hash)) == (202, "DEPOSIT_PENDING")


def test_C06_a_provider_of_another_chain_is_not_believed(
    desk: Desk, chain: FakeChain, providers: list[FakeChain]
) -> None:
    quote = desk.offer()
    liar = chain.twin("liar.test")
    paid = liar.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(liar)
    liar.served_chain = 1
    providers[:] = [liar]
    assert told(desk.submit(quote, txHash=paid.tx_hash)) == (503, "CHAIN_UNAVAILABLE")
    providers[:] = [liar, chain]
    assert told(desk.submit(quote, txHash=paid.tx_hash)) == (202, "DEPOSIT_PENDING")
    assert not Deposit.objects.exists()


def test_C07_nothing_seen_is_pending_then_not_seen_and_may_still_come(desk: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    answer = desk.submit(quote, txHash="0x" + "ee" * 32)
    assert told(answer) == (202, "DEPOSIT_PENDING")
    assert (answer.json()["confirmations"], answer.json()["deposit"]) == (0, None)
    run_out(quote)
    unseen = desk.submit(quote, key="again")
    assert told(unseen) == (409, "DEPOSIT_NOT_SEEN")
    assert unseen.json()["retryable"] is True
    # Mined in time, seen late: its block's time is before the end.
    chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(chain)
    assert desk.submit(quote, key="again").status_code == 200


def test_C07_a_payment_that_was_dropped_and_sent_anew(desk: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    first = chain.pay(desk.address, quote.nonce, quote.fee_wei)
    assert told(desk.submit(quote, txHash=first.tx_hash)) == (202, "DEPOSIT_PENDING")
    chain.reorg(1)
    shop.scan(chain, now=clock.real_now())
    assert Deposit.objects.get().status == DepositStatus.DROPPED
    assert told(desk.submit(quote, txHash=first.tx_hash)) == (202, "DEPOSIT_PENDING")
    second = chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(chain)
    answer = desk.submit(quote, txHash=first.tx_hash)
    assert (answer.status_code, answer.json()["txHash"]) == (200, second.tx_hash)


def test_C11_a_payment_after_the_end_is_kept(desk: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    run_out(quote)
    chain.now = clock.real_now() - timedelta(seconds=60)
    chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(chain)
    assert told(desk.submit(quote)) == (409, "QUOTE_EXPIRED")
    assert Deposit.objects.get().unmatched_reason == "QUOTE_EXPIRED"
    assert not Purchase.objects.exists()


def test_C11_what_is_due_is_what_was_offered(
    desk: Desk, chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    quote = desk.offer()
    monkeypatch.setattr("apps.economy.services.quotes.price", lambda **_: 10**30)
    chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(chain)
    assert desk.submit(quote).status_code == 200
    assert told(desk.submit(quote, tier="builder", assetCapacity=4)) == (422, "QUOTE_MISMATCH")


def test_C12_another_wallet_s_payment_counts_for_nobody_until_it_is_claimed(
    desk: Desk, other: Desk, chain: FakeChain
) -> None:
    quote = desk.offer()
    paid = chain.pay(other.address, quote.nonce, quote.fee_wei)
    bury(chain)
    assert told(desk.submit(quote, txHash=paid.tx_hash)) == (422, "OTHER_PAYER")
    # The offer is not spoilt: its own wallet may still pay.
    assert told(desk.submit(quote)) == (202, "DEPOSIT_PENDING")
    shop.confirm(chain, now=clock.real_now())
    [stray] = other.get("deposits").json()["items"]
    assert stray["unmatchedReason"] == "OTHER_PAYER"
    assert desk.get("deposits").json()["items"] == []
    hers = other.offer()
    claimed = other.post(f"deposits/{stray['id']}/claim", {"quoteId": hers.public_id})
    assert (claimed.status_code, claimed.json()["depositId"]) == (200, stray["id"])


def test_C15_while_nobody_answers_nothing_changes(desk: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    paid = chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(chain)
    chain.down = "chain.test cannot be asked at the moment."
    answer = desk.submit(quote, txHash=paid.tx_hash, key="k")
    assert told(answer) == (503, "CHAIN_UNAVAILABLE")
    assert answer.json()["retryable"] is True and "Retry-After" in answer
    assert not Deposit.objects.exists()
    chain.down = ""
    assert desk.submit(quote, txHash=paid.tx_hash, key="k").status_code == 200
    chain.down = "Again."
    assert desk.submit(quote, txHash=paid.tx_hash).status_code == 200  # what was bought needs no chain


def test_C16_a_large_payment_waits_until_all_providers_agree(
    desk: Desk, chain: FakeChain, providers: list[FakeChain], settings: Any
) -> None:
    settings.VAULTS = [{**shop.SETTING[0], "rpc_urls": ("http://a.test", "http://b.test")}]
    quote = desk.offer()
    second = chain.twin("second.test")
    second.mine(1 + chain.vault.confirmations)
    providers.append(second)
    paid = chain.pay(desk.address, quote.nonce, 2 * 10**17)
    bury(chain)
    assert told(desk.submit(quote, txHash=paid.tx_hash)) == (202, "DEPOSIT_PENDING")
    assert list(shop.findings()) == [FindingKind.DISAGREEMENT]
    assert not Purchase.objects.exists()
    providers[1] = chain.twin("second.test")
    assert desk.submit(quote, txHash=paid.tx_hash).status_code == 200
    assert list(shop.findings()) == []


def test_nobody_asks_the_chain_without_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.economy.services.submitting.RATE", "3/minute")
    monkeypatch.setattr("apps.economy.services.quotes.RATE", "3/minute")
    quote = desk.offer()
    for act in (desk.submit, lambda _: desk.post("audition-fee/quote", {**WANTED, "cloneId": "cln_0"})):
        codes = [act(quote).status_code for _ in range(5)]
        assert 429 not in codes[:2] and codes[3:] == [429, 429]


def test_nothing_is_paid_where_payments_are_off(desk: Desk, settings: Any) -> None:
    quote = desk.offer()
    settings.VAULTS = []
    assert told(desk.submit(quote)) == (503, "PAYMENTS_OFF")
    assert told(
        desk.post(
            "audition-fee/quote",
            {
                "tier": "starter",
                "assetCapacity": 1,
                "modelStrength": "light",
                "createClone": {"name": "Trader 9"},
            },
        )
    ) == (503, "PAYMENTS_OFF")
