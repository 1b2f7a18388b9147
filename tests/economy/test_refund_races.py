"""Refunds wanted by several at once: approved twice, asked twice, asked against a claim, signed by two workers."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from apps.economy.models import Deposit, JournalEntry, Purchase, Refund
from apps.economy.queries import books
from apps.economy.services import claims, fetching, refunds
from apps.economy.types import Book, RefundStatus
from tests.contenders import RACE, crowd, together
from tests.economy.giving_back import (
    LATER,
    SURPLUS,
    UNMATCHED,
    VAULT,
    acting,
    bought,
    configured,
    let_go,
    make_chain,
    offered,
    paid,
    passed,
    watch,
)
from tests.economy.rows import FEE
from tests.economy.test_fetching import fetch
from tests.economy.world import NOW, FakeChain

pytestmark = RACE
ROUNDS = 4


@pytest.fixture
def chain() -> Iterator[FakeChain]:
    with configured():
        yield make_chain()
    held = books.list_balances(VAULT.chain_id)
    assert sum(held.values()) == 0 and held[Book.CLEARING] == 0


def asked(deposit: Deposit, cause: str = UNMATCHED) -> Refund:
    return refunds.ask(deposit=deposit, cause=cause, reason="test", by=acting("ann"), now=NOW)


def codes(outcomes: list[object]) -> list[str]:
    return sorted(one for one in outcomes if isinstance(one, str))


def test_of_many_who_approve_one_does(chain: FakeChain) -> None:
    people = [acting(name) for name in ("bob", "cid", "dan")]
    for number in range(ROUNDS):
        refund = asked(paid(chain, 20 + number, FEE))
        outcomes = crowd(
            3,
            lambda place, key=refund.pk: refunds.approve(
                refund=Refund.objects.get(pk=key), by=people[place], now=LATER
            ),
        )
        assert codes(outcomes) == ["STATE_CHANGED"] * 2
        assert JournalEntry.objects.filter(subject=refund.public_id).count() == 1


def test_of_many_who_ask_one_does(chain: FakeChain) -> None:
    acting("ann")
    for number in range(ROUNDS):
        deposit = paid(chain, 20 + number, FEE)
        outcomes = crowd(4, lambda _, row=deposit: asked(row))
        assert codes(outcomes) == ["REFUND_EXISTS"] * 3
        assert Refund.objects.filter(deposit=deposit).count() == 1


def test_approved_and_denied_at_once_it_is_one_of_them(chain: FakeChain) -> None:
    bob, cid = acting("bob"), acting("cid")
    for number in range(ROUNDS):
        refund = asked(paid(chain, 20 + number, FEE))
        outcomes = together(
            lambda key=refund.pk: refunds.approve(refund=Refund.objects.get(pk=key), by=bob, now=LATER),
            lambda key=refund.pk: refunds.deny(
                refund=Refund.objects.get(pk=key), reason="no", by=cid, now=LATER
            ),
        )
        assert codes(outcomes) == ["STATE_CHANGED"]
        refund.refresh_from_db()
        is_signed = refund.status == RefundStatus.SIGNED
        assert JournalEntry.objects.filter(subject=refund.public_id).exists() == is_signed


def test_a_claim_and_a_refund_exclude_each_other(chain: FakeChain) -> None:
    ann, bob = acting("ann"), acting("bob")
    for number in range(2 * ROUNDS):
        deposit, quote = paid(chain, 20 + number, FEE), offered(900 + number)
        acts = (
            lambda row=deposit: asked(row),
            lambda row=deposit, offer=quote: claims.assign(
                deposit=row, quote=offer, reason="test", by=ann, approved_by=bob, now=NOW
            ),
        )
        outcomes = together(*acts) if number % 2 else together(*reversed(acts))
        [refused] = codes(outcomes)
        is_bought = Purchase.objects.filter(deposit=deposit).exists()
        assert refused in ({"NOTHING_OWED"} if is_bought else {"REFUND_EXISTS"})
        assert Refund.objects.filter(deposit=deposit).exists() != is_bought


def test_two_workers_sign_what_was_let_go_once(chain: FakeChain) -> None:
    for number in range(ROUNDS):
        purchase = bought(chain, 20 + number, extra_wei=5)
        let_go(purchase)
        together(
            lambda: refunds.sign_authorised(now=LATER, limit=10),
            lambda: refunds.sign_authorised(now=LATER, limit=10),
            lambda row=purchase: asked(row.deposit, SURPLUS),
        )
        given = list(Refund.objects.filter(deposit=purchase.deposit))
        assert sorted(one.amount_wei for one in given) == [5, FEE]


def test_two_watchers_book_a_withdrawal_once(chain: FakeChain) -> None:
    refund = refunds.approve(refund=asked(paid(chain, 20, FEE)), by=acting("bob"), now=LATER)
    fetch(chain, refund)
    chain.mine(VAULT.confirmations)
    together(*[lambda: fetching.watch(vault=VAULT, readers=[chain], now=LATER)] * 3)
    assert JournalEntry.objects.filter(subject=refund.public_id, kind="refund.paid").count() == 1


def test_two_who_want_it_anew_get_one(chain: FakeChain) -> None:
    refund = refunds.approve(refund=asked(paid(chain, 20, FEE)), by=acting("bob"), now=LATER)
    passed(chain, refund.deadline_at)
    watch(chain, now=refund.deadline_at + timedelta(seconds=1))
    olga = acting("olga")
    outcomes = crowd(3, lambda _: refunds.renew(refund=Refund.objects.get(pk=refund.pk), by=olga, now=LATER))
    assert codes(outcomes) == ["REFUND_EXISTS"] * 2
    assert Refund.objects.filter(status=RefundStatus.SIGNED).count() == 1
