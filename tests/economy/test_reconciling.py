"""Holding the books against the chain: each kind of damage is found, healed where it can be, and closed when it is over."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps as registry

from apps.core.errors import AdapterError
from apps.economy.models import (
    ChainCursor,
    Deposit,
    Finding,
    LedgerBook,
    Purchase,
    Refund,
)
from apps.economy.services import ledger, reconciling, refunds, scanning
from apps.economy.services.reversing import frozen_for
from apps.economy.types import ETH, Book, DepositStatus, FindingKind, PurchaseStatus, RefundStatus
from tests.economy.giving_back import (
    LATER,
    PAYER,
    UNMATCHED,
    VAULT,
    acting,
    bought,
    configured,
    let_go,
    make_chain,
    offered,
    paid,
    watch,
)
from tests.economy.rows import BY, FEE
from tests.economy.test_fetching import fetch
from tests.economy.world import NOW, FakeChain, silent

pytestmark = pytest.mark.django_db
DEEP = VAULT.confirmations
HOUR = timedelta(hours=1)


@dataclass
class Arena:
    """A chain on which one clone was bought, one payment bought nothing and one was fetched."""

    chain: FakeChain
    purchase: Purchase
    stray: Deposit
    fetched: Refund


@pytest.fixture
def arena() -> Iterator[Arena]:
    with configured():
        chain = make_chain()
        purchase, stray = bought(chain, 1, extra_wei=5), paid(chain, 2, 3 * FEE)
        refund = signed(paid(chain, 3, 2 * FEE))
        fetch(chain, refund)
        chain.mine(DEEP)
        watch(chain)
        yield Arena(chain, purchase, stray, refund)


def signed(deposit: Deposit) -> Refund:
    asked = refunds.ask(deposit=deposit, cause=UNMATCHED, reason="test", by=acting("ann"), now=NOW)
    return refunds.approve(refund=asked, by=acting("bob"), now=NOW)


def run(*chains: FakeChain, now: datetime = LATER) -> Any:
    scanning.scan(vault=VAULT, readers=list(chains), now=now)
    return reconciling.reconcile(vault=VAULT, readers=list(chains), now=now)


def open_ones() -> set[tuple[str, str]]:
    return set(Finding.objects.filter(closed_at__isnull=True).values_list("kind", "subject"))


def told_before(arena: Arena) -> set[tuple[str, str]]:
    """What is found of the arena when nothing is wrong: the stray one."""
    return {(FindingKind.ORPHAN_DEPOSIT, arena.stray.public_id)}


def everything() -> dict[str, list[Any]]:
    """Every row of economy and clones' grants, but for when a finding was last seen and where cursors are."""
    found = {}
    for label in ("economy", "clones"):
        for model in registry.get_app_config(label).get_models():
            if model is not ChainCursor:
                rows = list(model.objects.order_by("pk").values())
                found[model.__name__] = [{k: v for k, v in row.items() if k != "seen_at"} for row in rows]
    return found


def twice(*chains: FakeChain, now: datetime = LATER) -> Any:
    """Reconcile, and hold that a second time changes nothing."""
    report = run(*chains, now=now)
    before = everything()
    again = run(*chains, now=now + HOUR)
    assert everything() == before and again.done == 0
    return report


def test_where_all_agrees_only_strays_are_told(arena: Arena) -> None:
    report = twice(arena.chain)
    assert (report.done, report.failed) == (0, 0)
    assert open_ones() == told_before(arena)
    cursor = ChainCursor.objects.get()
    assert cursor.reconciled_at == LATER + HOUR


def test_a_stray_is_closed_when_it_is_given_back(arena: Arena) -> None:
    run(arena.chain)
    signed(arena.stray)
    twice(arena.chain)
    assert open_ones() == set()


class TestHealing:
    """What can be healed is healed, through the services that should have done it."""

    def test_i45_an_event_that_was_never_scanned(self, arena: Arena) -> None:
        quote = offered(9)
        arena.chain.pay(PAYER, 9, FEE, resolver=VAULT.resolver)
        arena.chain.mine(VAULT.overlap + DEEP)
        ChainCursor.objects.update(scanned_to=arena.chain.head().number)
        report = twice(arena.chain)
        assert report.done >= 1
        assert Purchase.objects.get(quote=quote).status == PurchaseStatus.CONFIRMED
        kept = Finding.objects.get(kind=FindingKind.MISSING_DEPOSIT)
        assert kept.closed_because and open_ones() == told_before(arena)

    def test_a_deposit_that_was_never_confirmed(self, arena: Arena) -> None:
        quote = offered(9)
        arena.chain.pay(PAYER, 9, FEE, resolver=VAULT.resolver)
        arena.chain.mine(DEEP)
        scanning.scan(vault=VAULT, readers=[arena.chain], now=NOW)
        twice(arena.chain)
        assert Purchase.objects.get(quote=quote).fee_wei == FEE

    def test_i44_a_deposit_whose_block_is_gone_for_long(self, arena: Arena) -> None:
        """A fork deeper than the scan reads again; what stood in it and did not come back is taken back."""
        arena.chain.mine(VAULT.overlap + DEEP)
        scanning.scan(vault=VAULT, readers=[arena.chain], now=NOW)
        remaining = arena.chain.blocks[-1].number - arena.purchase.deposit.block_number + 1
        drop(arena.chain, arena.purchase.deposit)
        arena.chain.reorg(remaining, keep=True, grow=VAULT.overlap + 1)
        ChainCursor.objects.update(scanned_to=arena.chain.head().number)
        twice(arena.chain)
        arena.purchase.refresh_from_db()
        assert arena.purchase.status == PurchaseStatus.REVERSED
        assert Deposit.objects.get(pk=arena.purchase.deposit_id).status == DepositStatus.REVERSED
        assert Deposit.objects.get(pk=arena.stray.pk).status == DepositStatus.CONFIRMED
        assert (FindingKind.REORG, arena.purchase.deposit.public_id) in open_ones()

    def test_a_grant_that_stayed_frozen(self, arena: Arena) -> None:
        grant = arena.purchase.entitlement
        grant.revoked_at, grant.revoked_reason = NOW, frozen_for(arena.purchase.deposit)
        grant.save(update_fields=["revoked_at", "revoked_reason"])
        assert twice(arena.chain).done == 1
        grant.refresh_from_db()
        assert grant.revoked_at is None and open_ones() == told_before(arena)

    def test_a_withdrawal_that_was_never_booked(self, arena: Arena) -> None:
        refund = signed(arena.stray)
        fetch(arena.chain, refund)
        arena.chain.mine(DEEP)
        ChainCursor.objects.update(withdrawals_to=arena.chain.head().number)
        twice(arena.chain)
        refund.refresh_from_db()
        assert refund.status == RefundStatus.PAID and open_ones() == set()

    def test_a_withdrawal_that_is_no_longer_there(self, arena: Arena) -> None:
        drop_withdrawal(arena.chain)
        now = LATER + 2 * HOUR
        assert twice(arena.chain, now=now).done == 1
        arena.fetched.refresh_from_db()
        assert arena.fetched.status == RefundStatus.SIGNED
        assert open_ones() == told_before(arena) | {(FindingKind.REORG, arena.fetched.public_id)}
        fetch(arena.chain, arena.fetched)
        arena.chain.mine(DEEP)
        twice(arena.chain, now=now + 2 * HOUR)
        arena.fetched.refresh_from_db()
        assert arena.fetched.status == RefundStatus.PAID and open_ones() == told_before(arena)


def drop(chain: FakeChain, deposit: Deposit) -> None:
    del chain.events[deposit.block_hash]


def drop_withdrawal(chain: FakeChain) -> None:
    [place] = [block for block, events in chain.events.items() if events[0].name == "Withdrawal"]
    del chain.events[place]


class TestTelling:
    """What cannot be healed is told, until it is over."""

    def test_an_event_that_its_very_block_denies(self, arena: Arena) -> None:
        kept = arena.chain.events.pop(arena.purchase.deposit.block_hash)
        run(arena.chain, now=LATER)
        found = (FindingKind.MISSING_EVENT, arena.purchase.deposit.public_id)
        assert found in open_ones() and (FindingKind.BALANCE, VAULT.name) in open_ones()
        arena.purchase.refresh_from_db()
        assert (
            arena.purchase.status == PurchaseStatus.CONFIRMED
        )  # a provider that leaves something out undoes nothing
        arena.chain.events[arena.purchase.deposit.block_hash] = kept
        twice(arena.chain)
        assert open_ones() == told_before(arena)

    def test_a_row_that_was_made_up(self, arena: Arena) -> None:
        block = arena.chain.blocks[5]
        row = Deposit.objects.create(
            chain_id=VAULT.chain_id,
            vault=VAULT.address,
            payer_address=PAYER,
            token=ETH,
            resolver=VAULT.resolver,
            nonce=77,
            amount_wei=FEE,
            tx_hash="0x" + "77" * 32,
            block_number=block.number,
            block_hash=block.hash,
            status=DepositStatus.CONFIRMED,
            unmatched_reason="NO_QUOTE",
            first_seen_at=NOW,
            confirmed_at=NOW,
        )
        reconciling.reconcile(vault=VAULT, readers=[arena.chain], now=LATER)
        assert {
            (FindingKind.MISSING_EVENT, row.public_id),
            (FindingKind.BALANCE, row.public_id),
        } <= open_ones()

    def test_a_row_whose_amount_was_changed(self, arena: Arena) -> None:
        Deposit.objects.filter(pk=arena.stray.pk).update(amount_wei=3 * FEE - 1)
        reconciling.reconcile(vault=VAULT, readers=[arena.chain], now=LATER)
        found = Finding.objects.get(kind=FindingKind.MISSING_EVENT)
        assert (found.detail["rowWei"], found.detail["chainWei"]) == (str(3 * FEE - 1), str(3 * FEE))
        assert (FindingKind.DOUBLE, arena.stray.public_id) in open_ones()

    def test_books_that_were_changed(self, arena: Arena) -> None:
        book = LedgerBook.objects.get(name=Book.VAULT)
        LedgerBook.objects.filter(pk=book.pk).update(balance_wei=book.balance_wei + 1)
        run(arena.chain)
        found = Finding.objects.get(kind=FindingKind.BALANCE)
        assert (found.subject, found.detail["differenceWei"]) == (VAULT.name, "-1")
        LedgerBook.objects.filter(pk=book.pk).update(balance_wei=book.balance_wei)
        twice(arena.chain)
        assert open_ones() == told_before(arena)

    def test_a_payment_that_was_booked_twice(self, arena: Arena) -> None:
        amount = arena.stray.amount_wei
        ledger.post(
            chain_id=VAULT.chain_id,
            kind="deposit.confirmed",
            reference="once more",
            subject=arena.stray.public_id,
            lines={Book.VAULT: amount, Book.UNMATCHED: -amount},
            by=BY,
            now=NOW,
        )
        twice(arena.chain)
        assert open_ones() == told_before(arena) | {
            (FindingKind.DOUBLE, arena.stray.public_id),
            (FindingKind.BALANCE, VAULT.name),
        }

    def test_a_withdrawal_that_nobody_signed(self, arena: Arena) -> None:
        fetch(arena.chain, Refund(payee_address=PAYER, nonce=4321, amount_wei=FEE))
        arena.chain.mine(DEEP)
        twice(arena.chain)
        kinds = {kind for kind, _ in open_ones() - told_before(arena)}
        assert kinds == {FindingKind.UNKNOWN_WITHDRAWAL, FindingKind.BALANCE}

    def test_a_purchase_whose_grant_was_withdrawn(self, arena: Arena) -> None:
        grant = arena.purchase.entitlement
        grant.revoked_at, grant.revoked_reason = NOW, "by mistake"
        grant.save(update_fields=["revoked_at", "revoked_reason"])
        twice(arena.chain)
        assert (FindingKind.MISSING_GRANT, arena.purchase.public_id) in open_ones()

    def test_a_purchase_that_is_being_given_back_lacks_nothing(self, arena: Arena) -> None:
        let_go(arena.purchase)
        twice(arena.chain)
        assert open_ones() == told_before(arena)

    def test_providers_that_tell_different_balances(self, arena: Arena) -> None:
        other = arena.chain.twin("other.test")
        for name in list(other.events):
            other.events[name] = [one._replace(amount_wei=one.amount_wei + 1) for one in other.events[name]]
        run(arena.chain, other)
        assert (FindingKind.DISAGREEMENT, VAULT.name) in open_ones()
        twice(arena.chain, arena.chain.twin("third.test"))
        assert open_ones() == told_before(arena)


class TestBalance:
    """What lies in the vault is what the books say, of one and the same block."""

    @pytest.mark.parametrize("above", range(DEEP + 2))
    def test_payments_on_either_side_of_the_final_block_are_no_difference(
        self, arena: Arena, above: int
    ) -> None:
        arena.chain.pay(PAYER, 9, FEE, resolver=VAULT.resolver)
        arena.chain.mine(above) if above else None
        twice(arena.chain)
        assert {kind for kind, _ in open_ones()} == {FindingKind.ORPHAN_DEPOSIT}

    def test_what_is_booked_of_later_blocks_is_no_difference(self, arena: Arena) -> None:
        """Another run relied on a head that this provider does not show yet."""
        refund = signed(arena.stray)
        fetch(arena.chain, refund)
        paid(arena.chain, 9, FEE)
        watch(arena.chain)
        refund.refresh_from_db()
        assert refund.status == RefundStatus.PAID
        behind = arena.chain.twin("behind.test")
        behind.lag = DEEP + 3
        ChainCursor.objects.update(head_number=0)
        reconciling.reconcile(vault=VAULT, readers=[behind], now=LATER)
        assert FindingKind.BALANCE not in {kind for kind, _ in open_ones()}

    def test_a_vault_that_was_replaced_is_no_difference(self, arena: Arena) -> None:
        fresh = replace(VAULT, address="0x" + "fb" * 20)
        chain = FakeChain(vault=fresh)
        scanning.scan(vault=fresh, readers=[chain], now=LATER)
        reconciling.reconcile(vault=fresh, readers=[chain], now=LATER)
        assert (FindingKind.BALANCE, fresh.address) not in open_ones()


class TestRounds:
    """A long chain is gone through in pieces, and its newest blocks each time."""

    def test_every_block_is_read_in_a_round(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reconciling, "MOST_RANGES", 2)
        monkeypatch.setattr(reconciling, "RECENT_BLOCKS", 10)
        vault = replace(VAULT, most_blocks=7, start_block=5)
        cursor = ChainCursor(reconciled_to=0)
        read: list[int] = []
        for _ in range(20):
            piece = reconciling.piece_of(vault, cursor, 100)
            read += range(piece.sweep[0], piece.sweep[1] + 1)
            assert piece.recent == (91, 100) and piece.sweep[1] - piece.sweep[0] < 14
            if piece.is_last:
                break
            cursor.reconciled_to = piece.sweep[1]
        assert read == list(range(5, 91))

    def test_a_short_chain_is_read_at_once(self) -> None:
        assert reconciling.piece_of(VAULT, ChainCursor(reconciled_to=0), 50) == ((0, -1), (0, 50), True)

    def test_a_chain_that_cannot_be_asked_changes_nothing(self, arena: Arena) -> None:
        before = everything()
        with silent(arena.chain), pytest.raises(AdapterError):
            reconciling.reconcile(vault=VAULT, readers=[arena.chain], now=LATER)
        assert everything() == before

    def test_before_the_first_scan_there_is_nothing_to_hold(self) -> None:
        assert reconciling.reconcile(vault=VAULT, readers=[make_chain()], now=LATER).seen == 0
