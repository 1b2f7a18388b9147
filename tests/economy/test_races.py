"""Many at once on PostgreSQL: one deposit, one purchase and one grant, whoever scans, confirms, claims or takes back."""

from collections.abc import Callable
from threading import Event
from time import sleep
from typing import Any

import pytest

from apps.clones.models import Clone, Entitlement
from apps.economy.models import ChainCursor, Deposit, DepositSighting, JournalEntry, Purchase, Quote
from apps.economy.services import confirming, ledger, quotes, settling
from apps.economy.types import Book, DepositStatus, PurchaseStatus, QuoteStatus
from tests.contenders import RACE, crowd, together
from tests.economy import shop
from tests.economy.world import NOW, VAULT, FakeChain

pytestmark = [*RACE, pytest.mark.usefixtures("everything_agrees")]
WORKERS = 6
FEE = 10**16


def bought() -> int:
    return Entitlement.objects.filter(is_mock=False, revoked_at=None).count()


def test_many_scans_at_once_write_each_deposit_once(chain: FakeChain) -> None:
    for turn in range(1, 5):
        for nonce in range(5):
            chain.pay("0x" + "0a" * 20, turn * 10 + nonce, 1)
        before = sum(ChainCursor.objects.values_list("version", flat=True))
        reports = crowd(WORKERS, lambda _: shop.scan(chain))
        assert [report.failed for report in reports] == [0] * WORKERS
        moves = sum(ChainCursor.objects.values_list("version", flat=True)) - before
        assert moves == WORKERS - sum(report.skipped for report in reports)
        assert Deposit.objects.count() == DepositSighting.objects.count() == turn * 5


def test_c01_two_confirmers_at_once_grant_once(chain: FakeChain) -> None:
    for turn in range(1, 5):
        shop.paid(shop.quote_for(shop.player(turn), chain), chain)
        chain.mine(VAULT.confirmations)
        reports = crowd(WORKERS, lambda _: shop.confirm(chain))
        assert sum(report.done for report in reports) == 1
        assert [report.failed for report in reports] == [0] * WORKERS
        assert Purchase.objects.count() == bought() == Clone.objects.count() == turn
        assert JournalEntry.objects.count() == 2 * turn
    assert shop.balances() == {Book.VAULT: 4 * FEE, Book.FEES: -4 * FEE}


def test_many_deposits_are_settled_by_many_without_a_deadlock(chain: FakeChain) -> None:
    for number in range(1, 13):
        quote = shop.quote_for(shop.player(number), chain)
        chain.pay(quote.wallet_address, quote.nonce, FEE + number)
        chain.pay("0x" + "0a" * 20, number, 1)
    shop.scan(chain)
    chain.mine(VAULT.confirmations)
    reports = crowd(WORKERS, lambda _: shop.confirm(chain))
    assert [report.failed for report in reports] == [0] * WORKERS
    assert sum(report.done for report in reports) == 24
    assert Purchase.objects.count() == bought() == 12


def test_a_scan_that_reverses_beside_confirmers_ends_in_one_state(chain: FakeChain) -> None:
    for turn in range(1, 6):
        deposit = shop.paid(shop.quote_for(shop.player(turn), chain), chain)
        chain.mine(VAULT.confirmations)
        old = chain.twin("chain.test")
        chain.reorg(VAULT.confirmations + 1, grow=0)
        # One provider has already moved on, the other still shows the old chain.
        answers = together(
            lambda old=old: shop.confirm(old),
            lambda: shop.scan(chain),
            lambda old=old: shop.confirm(old),
            lambda: shop.scan(chain),
        )
        assert not any(report.failed for report in answers)
        shop.scan(chain)
        deposit.refresh_from_db()
        assert deposit.status in (DepositStatus.DROPPED, DepositStatus.REVERSED)
        assert bought() == 0 and shop.balances() == {}
        assert not Purchase.objects.filter(status=PurchaseStatus.CONFIRMED).exists()
        chain.mine()


def test_two_reversals_of_one_scan_do_not_wait_for_claims_that_wait_for_them(
    chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror, slow = ledger.mirror_subject, Event()

    def mirrored(**kwargs: Any) -> Any:
        entries = mirror(**kwargs)
        slow.set()
        sleep(0.5)  # the head of the ledger is held for so long
        return entries

    def at_once(act: Callable[[], Any]) -> Any:
        slow.wait(10)
        return act()

    who = shop.player()
    for nonce in (1, 2):
        chain.pay("0x" + "0a" * 20, nonce, FEE)
    shop.settle([chain])
    offer = shop.quote_for(who, chain)
    strays = list(Deposit.objects.order_by("pk"))
    chain.reorg(VAULT.confirmations + 2, grow=0)
    monkeypatch.setattr(ledger, "mirror_subject", mirrored)
    claim = [
        lambda stray=stray: at_once(
            lambda: settling.match(deposit=stray, quote=offer, by=shop.BY, now=NOW).public_id
        )
        for stray in strays
    ]
    report, *claimed = together(lambda: shop.scan(chain), *claim)
    assert report.failed == 0 and set(claimed) <= {"DEPOSIT_PENDING", *_bought_by(offer)}
    shop.scan(chain)
    assert set(Deposit.objects.values_list("status", flat=True)) == {DepositStatus.REVERSED}
    assert bought() == 0 and shop.balances() == {}


def _bought_by(offer: Quote) -> list[str]:
    return list(Purchase.objects.filter(quote=offer).values_list("public_id", flat=True))


def test_two_deposits_under_one_offer_buy_it_once(chain: FakeChain) -> None:
    who = shop.player()
    for turn in range(1, 5):
        stray = shop.confirmed(Quote(wallet_address="0x" + "0a" * 20, nonce=turn, fee_wei=FEE), chain)
        quote = shop.quote_for(who, chain, name=f"Trader {turn}")
        own = shop.paid(quote, chain)
        block = chain.block(own.block_number)
        assert block is not None

        def settle(deposit: Deposit = own, at: Any = block) -> Any:
            return settling.settle(deposit=deposit, block=at, by=shop.BY, now=NOW).unmatched_reason

        def claim(deposit: Deposit = stray, offer: Quote = quote) -> Any:
            return settling.match(deposit=deposit, quote=offer, by=shop.BY, now=NOW).public_id

        answers = together(settle, claim)
        assert answers[0] in ("", "QUOTE_USED") and (answers[1] == "QUOTE_USED") is (answers[0] == "")
        assert Purchase.objects.filter(quote=quote).count() == 1 and bought() == turn


def test_c01_many_claims_of_one_deposit_buy_once(chain: FakeChain) -> None:
    for turn in range(1, 4):
        stray = shop.confirmed(Quote(wallet_address="0x" + "0a" * 20, nonce=turn, fee_wei=FEE), chain)
        offers = [
            shop.quote_for(shop.player(turn * 10 + number), chain, name=f"Trader {turn}-{number}")
            for number in range(WORKERS)
        ]
        answers = crowd(
            WORKERS,
            lambda number, stray=stray, offers=offers: (
                settling.match(deposit=stray, quote=offers[number], by=shop.BY, now=NOW).pk
            ),
        )
        assert answers.count("DEPOSIT_ALREADY_CLAIMED") == WORKERS - 1
        assert Purchase.objects.count() == bought() == turn


def test_two_payments_for_one_name_give_it_to_one_and_owe_the_other(chain: FakeChain) -> None:
    for turn in range(1, 4):
        for number in (1, 2):
            quote = shop.quote_for(shop.player(turn * 10 + number), chain, name=f"Oracle {turn}")
            shop.paid(quote, chain)
        chain.mine(VAULT.confirmations)
        due = list(Deposit.objects.filter(status=DepositStatus.PENDING))
        acts = [
            lambda each=each: confirming._settle(each, chain.block(each.block_number), NOW) for each in due
        ]
        assert [report.done for report in together(*acts)] == [1, 1]
        assert Deposit.objects.filter(unmatched_reason="NOT_GRANTABLE").count() == turn
        assert Purchase.objects.count() == bought() == turn


def test_an_offer_that_ends_while_it_is_used_is_used(chain: FakeChain) -> None:
    for turn in range(1, 5):
        quote = shop.quote_for(shop.player(turn), chain)
        deposit = shop.paid(quote, chain)
        block = chain.block(deposit.block_number)
        assert block is not None
        together(
            lambda deposit=deposit, block=block: settling.settle(
                deposit=deposit, block=block, by=shop.BY, now=NOW
            ),
            lambda quote=quote: quotes.expire_due(now=quote.expires_at, limit=10),
        )
        quote.refresh_from_db()
        assert quote.status == QuoteStatus.USED and bought() == turn


def test_a_person_who_asks_many_times_at_once_has_no_more_open_offers_than_allowed(chain: FakeChain) -> None:
    who = shop.player()
    for number in range(quotes.OPEN_AT_ONCE - 2):
        shop.quote_for(who, chain, name=f"Trader {number}")
    answers = crowd(WORKERS, lambda number: shop.quote_for(who, chain, name=f"More {number}").pk)
    assert answers.count("RATE_LIMITED") == WORKERS - 2
    assert Quote.objects.count() == quotes.OPEN_AT_ONCE
