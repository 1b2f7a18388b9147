"""What was signed is fetched, or runs out: told by final blocks alone, by every provider, through forks and lies."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from apps.core.errors import AdapterError, DomainError
from apps.economy.models import ChainCursor, Deposit, Finding, JournalEntry, Refund
from apps.economy.queries import books
from apps.economy.services import fetching, refunds, standing
from apps.economy.types import Book, FindingKind, RefundStatus
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
    make_chain,
    paid,
    passed,
    watch,
)
from tests.economy.rows import FEE
from tests.economy.world import FakeChain, silent

pytestmark = pytest.mark.django_db
DEEP = VAULT.confirmations


@pytest.fixture
def chain() -> Iterator[FakeChain]:
    """A chain whose vault is configured; at a test's end the books are even."""
    with configured():
        yield make_chain()
    held = books.list_balances(VAULT.chain_id)
    assert sum(held.values()) == 0 and held[Book.CLEARING] == 0


@pytest.fixture
def refund(chain: FakeChain) -> Refund:
    """Money that bought nothing, signed out."""
    deposit = paid(chain, 7, 5 * FEE)
    asked = refunds.ask(deposit=deposit, cause=UNMATCHED, reason="test", by=acting("ann"), now=LATER)
    return refunds.approve(refund=asked, by=acting("bob"), now=LATER)


def fetch(chain: FakeChain, refund: Refund) -> None:
    """The vault pays it out, in a block of its own."""
    drawn = chain.withdraw(refund.payee_address, refund.nonce, refund.amount_wei)
    place = chain.events[drawn.block_hash]
    chain.events[drawn.block_hash] = [one._replace(resolver=VAULT.resolver) for one in place]


def status(refund: Refund) -> str:
    refund.refresh_from_db()
    return refund.status


def after(refund: Refund) -> datetime:
    """When our clock has passed its deadline too."""
    assert refund.deadline_at is not None
    return refund.deadline_at + timedelta(seconds=1)


def held(book: str) -> int:
    return books.balance(VAULT.chain_id, book)


def kinds() -> set[str]:
    return set(Finding.objects.filter(closed_at__isnull=True).values_list("kind", flat=True))


class TestPaid:
    """A withdrawal counts once its block is final."""

    def test_it_counts_when_it_is_deep_enough_and_not_before(self, chain: FakeChain, refund: Refund) -> None:
        fetch(chain, refund)
        chain.mine(DEEP - 2)
        watch(chain)
        assert (status(refund), held(Book.VAULT)) == (RefundStatus.SIGNED, 5 * FEE)
        chain.mine()
        assert watch(chain).done == 1
        assert (status(refund), held(Book.VAULT), held(Book.REFUNDS)) == (RefundStatus.PAID, 0, 0)
        assert refund.paid_tx_hash.startswith("0x") and refund.settled_at == LATER

    def test_it_is_booked_once(self, chain: FakeChain, refund: Refund) -> None:
        fetch(chain, refund)
        chain.mine(DEEP)
        watch(chain)
        entries = JournalEntry.objects.count()
        chain.mine(3)
        assert watch(chain).done == 0
        ChainCursor.objects.update(withdrawals_to=0)  # read once more from the beginning
        assert watch(chain).done == 0 and JournalEntry.objects.count() == entries

    @pytest.mark.parametrize("depth", [1, DEEP - 1])
    @pytest.mark.parametrize("keep", [True, False])
    def test_a_fork_before_it_is_final_changes_nothing(
        self, chain: FakeChain, refund: Refund, depth: int, keep: bool
    ) -> None:
        fetch(chain, refund)
        chain.mine(depth - 1)
        watch(chain)
        chain.reorg(depth, keep=keep, grow=0)
        watch(chain)
        assert status(refund) == RefundStatus.SIGNED
        chain.mine(DEEP)
        watch(chain)
        assert status(refund) == (RefundStatus.PAID if keep else RefundStatus.SIGNED)
        assert held(Book.VAULT) == (0 if keep else 5 * FEE)

    def test_after_hours_of_silence_nothing_is_missed(self, chain: FakeChain, refund: Refund) -> None:
        narrow = replace(VAULT, most_blocks=3)
        fetch(chain, refund)
        with silent(chain), pytest.raises(AdapterError):
            fetching.watch(vault=narrow, readers=[chain], now=LATER)
        chain.mine(400)
        while (report := fetching.watch(vault=narrow, readers=[chain], now=LATER)).done == 0:
            assert report.failed == 0
        assert status(refund) == RefundStatus.PAID

    def test_two_readers_of_one_piece_book_it_once(self, chain: FakeChain, refund: Refund) -> None:
        fetch(chain, refund)
        chain.mine(DEEP)
        stale = ChainCursor.objects.get()
        final = fetching.final_block(vault=VAULT, readers=[chain], now=LATER)
        watch(chain)
        again = fetching.read_withdrawals(vault=VAULT, cursor=stale, final=final, now=LATER)
        assert (again.done, again.skipped) == (0, 1)

    def test_providers_that_differ_are_not_believed(self, chain: FakeChain, refund: Refund) -> None:
        other = chain.twin("other.test")
        fetch(chain, refund)
        chain.mine(DEEP)
        other.blocks = chain.blocks  # it has the blocks and denies what is in them
        watch(chain, other)
        assert status(refund) == RefundStatus.SIGNED and kinds() >= {FindingKind.DISAGREEMENT}
        other.events = chain.events
        watch(chain, other)
        assert status(refund) == RefundStatus.PAID and FindingKind.DISAGREEMENT not in kinds()

    def test_what_nobody_signed_is_a_finding(self, chain: FakeChain, refund: Refund) -> None:
        fetch(chain, replace_row(refund, nonce=1234))
        fetch(chain, replace_row(refund, amount_wei=refund.amount_wei + 1))
        chain.mine(DEEP)
        watch(chain)
        found = Finding.objects.filter(kind=FindingKind.UNKNOWN_WITHDRAWAL)
        told = [(one.detail["amountWei"], one.detail["refund"]) for one in found.order_by("pk")]
        assert told == [(str(5 * FEE), ""), (str(5 * FEE + 1), refund.public_id)]
        assert status(refund) == RefundStatus.SIGNED and held(Book.VAULT) == 5 * FEE


def replace_row(refund: Refund, **fields: int) -> Refund:
    """The refund with other figures, not saved."""
    other = Refund.objects.get(pk=refund.pk)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


class TestExpired:
    """What was not fetched in time is owed again, once the chain can no longer pay it."""

    def test_only_a_final_block_past_the_deadline_ends_it(self, chain: FakeChain, refund: Refund) -> None:
        watch(chain, now=refund.deadline_at + timedelta(days=2))  # our clock says nothing of the chain's
        assert status(refund) == RefundStatus.SIGNED
        passed(chain, refund.deadline_at - timedelta(minutes=1))
        watch(chain, now=after(refund))
        assert status(refund) == RefundStatus.SIGNED
        passed(chain, refund.deadline_at)
        watch(chain, now=refund.deadline_at)  # nor is the chain's clock enough
        assert status(refund) == RefundStatus.SIGNED
        watch(chain, now=after(refund))
        assert (status(refund), held(Book.REFUNDS), held(Book.UNMATCHED)) == (
            RefundStatus.EXPIRED,
            0,
            -5 * FEE,
        )

    def test_fetched_in_the_last_moment_it_is_paid(self, chain: FakeChain, refund: Refund) -> None:
        fetch(chain, refund)
        passed(chain, refund.deadline_at)
        watch(chain)
        assert (status(refund), held(Book.VAULT)) == (RefundStatus.PAID, 0)

    def test_fetched_in_a_block_that_was_never_read_it_is_paid(
        self, chain: FakeChain, refund: Refund
    ) -> None:
        fetch(chain, refund)
        passed(chain, refund.deadline_at)
        final = fetching.final_block(vault=VAULT, readers=[chain], now=LATER).block.number
        ChainCursor.objects.update(withdrawals_to=final)
        watch(chain, now=after(refund))
        assert (status(refund), refund.paid_tx_hash) == (RefundStatus.PAID, "")

    def test_while_one_provider_says_that_it_was_fetched_it_does_not_run_out(
        self, chain: FakeChain, refund: Refund
    ) -> None:
        passed(chain, refund.deadline_at)
        other = chain.twin("other.test")
        fetch(other, refund)
        place = other.events.popitem()[1]
        other.events[other.blocks[-DEEP - 1].hash] = place
        other.blocks = list(chain.blocks)
        watch(chain, other, now=after(refund))
        assert status(refund) == RefundStatus.SIGNED and kinds() >= {FindingKind.DISAGREEMENT}

    @pytest.mark.parametrize("how", ["missing", "silent", "far behind", "dated otherwise"])
    def test_it_runs_out_only_on_the_word_of_all_who_are_configured(
        self, chain: FakeChain, refund: Refund, how: str
    ) -> None:
        vault = replace(VAULT, rpc_urls=("http://chain.test", "http://other.test"))
        honest = chain.twin("other.test")
        fetch(honest, refund)  # the first provider never tells of it
        passed(chain, refund.deadline_at)
        if how == "dated otherwise":
            honest.events = chain.events
            honest.blocks = [each._replace(timestamp=1) for each in chain.blocks]
        readers = [chain] if how == "missing" else [chain, honest]
        if how == "silent":
            honest.down = "silent"
        for _ in range(2):
            with suppress(AdapterError):
                fetching.watch(vault=vault, readers=readers, now=after(refund))
        assert (status(refund), held(Book.REFUNDS)) == (RefundStatus.SIGNED, -5 * FEE)
        honest.blocks, honest.events, honest.down = list(chain.blocks), chain.events, ""
        honest.lag = 1  # judged at its own head
        chain.mine()
        honest.blocks = list(chain.blocks)
        fetching.watch(vault=vault, readers=[chain, honest], now=after(refund))
        assert status(refund) == RefundStatus.EXPIRED

    def test_while_a_withdrawal_names_it_nothing_is_asked_or_signed_for_its_deposit(
        self, chain: FakeChain, refund: Refund
    ) -> None:
        passed(chain, refund.deadline_at)
        watch(chain, now=after(refund))
        assert status(refund) == RefundStatus.EXPIRED
        fetch(chain, refund)  # the contract took it after all
        chain.mine(DEEP)
        watch(chain, now=after(refund))
        assert kinds() >= {FindingKind.UNKNOWN_WITHDRAWAL}
        deposit, bob = refund.deposit, acting("bob")
        acts: list[Callable[[], Refund]] = [
            lambda: refunds.renew(refund=refund, by=bob, now=after(refund)),
            lambda: refunds.ask(deposit=deposit, cause=UNMATCHED, reason="x", by=bob, now=after(refund)),
        ]
        for act in acts:
            with pytest.raises(DomainError) as caught:
                act()
            assert caught.value.code == "WITHDRAWAL_UNEXPLAINED"
        Finding.objects.update(closed_at=LATER)
        assert acts[1]().status == RefundStatus.WAITING

    def test_it_is_signed_anew_under_a_new_number(self, chain: FakeChain, refund: Refund) -> None:
        with pytest.raises(DomainError, match="not fetched in time"):
            refunds.renew(refund=refund, by=acting("olga"), now=LATER)
        passed(chain, refund.deadline_at)
        watch(chain, now=after(refund))
        refund.refresh_from_db()
        now = refund.deadline_at + timedelta(hours=1)
        fresh = refunds.renew(refund=refund, by=acting("olga"), now=now)
        assert fresh.nonce != refund.nonce and fresh.signature != refund.signature
        assert (fresh.status, fresh.asked_by, fresh.approved_by) == (
            RefundStatus.SIGNED,
            refund.asked_by,
            refund.approved_by,
        )
        with pytest.raises(DomainError) as caught:
            refunds.renew(refund=refund, by=acting("olga"), now=now)
        assert caught.value.code == "REFUND_EXISTS"
        fetch(chain, fresh)
        chain.mine(DEEP)
        watch(chain)
        assert (status(fresh), held(Book.VAULT)) == (RefundStatus.PAID, 0)

    def test_a_purchase_stays_given_back_and_is_signed_anew(self, chain: FakeChain) -> None:
        purchase = bought(chain, 3, extra_wei=17)
        let_go(purchase)
        refunds.sign_authorised(now=LATER, limit=10)
        first = Refund.objects.get()
        passed(chain, first.deadline_at)
        watch(chain, now=after(first))
        first.refresh_from_db()
        assert first.status == RefundStatus.EXPIRED
        assert refunds.sign_authorised(now=LATER, limit=10).seen == 0
        fresh = refunds.renew(refund=first, by=acting("olga"), now=LATER + timedelta(days=15))
        assert (fresh.amount_wei, fresh.authorisation) == (FEE, first.authorisation)
        assert refunds.ask(
            deposit=Deposit.objects.get(), cause=SURPLUS, reason="too", by=acting("ann"), now=LATER
        )


class TestUnpaid:
    """A withdrawal that counted and left its chain may be fetched again."""

    def test_it_is_taken_back_and_may_be_paid_again(self, chain: FakeChain, refund: Refund) -> None:
        for _ in range(2):
            fetch(chain, refund)
            chain.mine(DEEP)
            ChainCursor.objects.update(withdrawals_to=0)
            watch(chain)
            assert (status(refund), held(Book.VAULT)) == (RefundStatus.PAID, 0)
            chain.reorg(DEEP + 1)
            fetching.unpay(refund=refund, because="test", now=LATER)
            assert (status(refund), held(Book.VAULT), held(Book.REFUNDS)) == ("signed", 5 * FEE, -5 * FEE)

    def test_one_provider_of_two_takes_nothing_back(self, chain: FakeChain, refund: Refund) -> None:
        fetch(chain, refund)
        chain.mine(DEEP)
        watch(chain)
        chain.reorg(DEEP + 1)
        chain.mine(DEEP)
        later, vault = LATER + timedelta(hours=1), replace(VAULT, rpc_urls=("http://a", "http://b"))
        for each, left in ((vault, RefundStatus.PAID), (VAULT, RefundStatus.SIGNED)):
            final = fetching.final_block(vault=each, readers=[chain], now=later)
            standing.take_back_payments(vault=each, final=final, now=later)
            assert status(refund) == left
        assert refund.payee_address == PAYER
