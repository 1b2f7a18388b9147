"""Reading the chain: no gap, no double, nothing learned from who lags or lies, nothing lost by an outage."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps.core.errors import AdapterError
from apps.economy.models import ChainCursor, Deposit, DepositSighting, Finding
from apps.economy.services import scanning
from apps.economy.types import DepositStatus, FindingKind, SightingKind, VaultLog
from tests.economy import shop
from tests.economy.world import NOW, VAULT, FakeChain, silent

pytestmark = pytest.mark.django_db

PAYER = "0x" + "0a" * 20


def cursor() -> ChainCursor:
    return ChainCursor.objects.get()


def kinds(deposit: Deposit) -> list[str]:
    return [sighting.kind for sighting in deposit.sightings.all()]


def test_a_deposit_is_written_once_with_the_event_as_it_was_told(chain: FakeChain) -> None:
    event = chain.pay(PAYER, 2**128 - 1, 10**16 + 1)
    for _ in range(3):
        report = shop.scan(chain)
        chain.mine()
    assert report.failed == 0
    deposit = Deposit.objects.get()
    assert (deposit.nonce, deposit.amount_wei, deposit.payer_address) == (2**128 - 1, 10**16 + 1, PAYER)
    assert (deposit.tx_hash, deposit.log_index, deposit.block_hash) == (event.tx_hash, 0, event.block_hash)
    assert (deposit.status, deposit.first_seen_at) == (DepositStatus.PENDING, NOW)
    sighting = deposit.sightings.get()
    assert (sighting.kind, sighting.detail["nonce"]) == (SightingKind.SEEN, str(2**128 - 1))
    assert (cursor().scanned_to, cursor().head_number) == (12, 12)


def test_c13_one_transaction_with_three_deposits_is_three_deposits(chain: FakeChain) -> None:
    players = [shop.player(number) for number in (1, 2, 3)]
    offers = [shop.quote_for(who, chain) for who in players]
    chain.batch([(offer.wallet_address, offer.nonce, offer.fee_wei) for offer in offers])
    shop.scan(chain)
    shop.settle([chain])
    bought = Deposit.objects.order_by("log_index")
    assert len({deposit.tx_hash for deposit in bought}) == 1
    assert [deposit.log_index for deposit in bought] == [0, 1, 2]
    assert [deposit.purchase.user for deposit in bought] == [who.user for who in players]
    assert [deposit.purchase.clone.name for deposit in bought] == ["Trader 1", "Trader 2", "Trader 3"]


def test_c07_what_is_not_mined_is_nothing_and_what_is_replaced_is_the_replacement(chain: FakeChain) -> None:
    shop.scan(chain)
    assert not Deposit.objects.exists()
    first = chain.pay(PAYER, 7, 10**16)
    shop.scan(chain)
    chain.reorg(1)
    shop.scan(chain)
    deposit = Deposit.objects.get()
    assert (deposit.status, deposit.tx_hash, kinds(deposit)) == (DepositStatus.DROPPED, "", ["seen", "gone"])
    second = chain.pay(PAYER, 7, 10**16 + 5)
    assert second.tx_hash != first.tx_hash
    shop.scan(chain)
    deposit.refresh_from_db()
    assert (deposit.status, deposit.tx_hash) == (DepositStatus.PENDING, second.tx_hash)
    assert (deposit.amount_wei, kinds(deposit)) == (10**16 + 5, ["seen", "gone", "seen"])
    assert Deposit.objects.count() == 1


@pytest.mark.parametrize("depth", [1, VAULT.confirmations - 1, VAULT.confirmations, VAULT.confirmations + 1])
@pytest.mark.parametrize("keep", [False, True], ids=["lost", "mined again"])
def test_c08_a_reorganisation_before_the_grant_puts_the_deposit_back(
    chain: FakeChain, depth: int, keep: bool
) -> None:
    event = chain.pay(PAYER, 7, 10**16)
    chain.mine(depth - 1)
    shop.scan(chain)
    chain.reorg(depth, keep=keep)
    shop.scan(chain)
    deposit = Deposit.objects.get()
    if keep:
        assert (deposit.status, kinds(deposit)) == (DepositStatus.PENDING, ["seen", "gone", "seen"])
        assert deposit.block_number == event.block_number and deposit.block_hash != event.block_hash
    else:
        assert (deposit.status, kinds(deposit)) == (DepositStatus.DROPPED, ["seen", "gone"])
    shop.confirm(chain)
    deposit.refresh_from_db()
    deep = keep and depth + 1 >= VAULT.confirmations  # the chain grew by one
    assert (deposit.status == DepositStatus.CONFIRMED) is deep
    assert not Finding.objects.filter(kind=FindingKind.REORG).exists()


def test_c08_a_reorganisation_that_moves_a_deposit_to_an_earlier_or_later_block_moves_it(
    chain: FakeChain,
) -> None:
    vault = replace(VAULT, most_blocks=2)  # the old and the new place lie in different ranges
    same = {"tx_hash": "0x" + "77" * 32}
    chain.pay(PAYER, 7, 10**16, **same)
    shop.scan(chain, vault=vault)
    chain.reorg(1, grow=0)
    chain.mine(7)
    chain.pay(PAYER, 7, 10**16, **same)
    shop.scan(chain, vault=vault)
    deposit = Deposit.objects.get()
    assert (deposit.block_number, kinds(deposit)) == (18, ["seen", "gone", "seen"])
    chain.reorg(8, grow=0)
    chain.blocks = chain.blocks[:12]
    chain.pay(PAYER, 7, 10**16, **same)
    chain.mine(10)
    shop.scan(chain, vault=vault)
    deposit.refresh_from_db()
    assert (deposit.block_number, deposit.status) == (12, DepositStatus.PENDING)
    assert kinds(deposit) == ["seen", "gone", "seen", "gone", "seen"]
    assert not Finding.objects.exists()


def test_c10_a_lagging_node_teaches_nothing_and_takes_nothing_back(chain: FakeChain) -> None:
    chain.mine(20)
    chain.pay(PAYER, 7, 10**16)
    shop.scan(chain)
    before = cursor()
    chain.lag = 2
    report = shop.scan(chain)
    after = cursor()
    assert report.failed == 1 and "behind" in report.errors[0]
    assert (after.scanned_to, after.version, after.head_number) == (30, before.version, 30)
    assert Deposit.objects.get().status == DepositStatus.PENDING
    assert shop.confirm(chain).failed == 1
    chain.lag = 0
    assert shop.scan(chain).failed == 0
    assert cursor().last_error == ""


def test_c10_a_node_that_is_abreast_is_read_where_another_lags(chain: FakeChain) -> None:
    shop.scan(chain)
    other = chain.twin("other.test")
    other.pay(PAYER, 7, 10**16)
    chain.lag = 1
    assert shop.scan(chain, other).failed == 0
    assert Deposit.objects.get().status == DepositStatus.PENDING


class Balancer(FakeChain):
    """Two nodes behind one name: blocks come from a fork that the events and receipts do not know."""

    other: FakeChain

    def block(self, number: int) -> Any:
        return self.other.block(number)


def balanced(chain: FakeChain, other: FakeChain) -> Balancer:
    both = Balancer(name="balancer.test", blocks=chain.blocks, events=chain.events)
    both.other = other
    return both


def test_c10_blocks_of_another_node_neither_confirm_nor_reverse(chain: FakeChain) -> None:
    chain.pay(PAYER, 7, 10**16)
    shop.scan(chain)
    fork = chain.twin("fork")
    fork.reorg(1, grow=0)
    chain.mine(6)
    fork.mine(6)
    report = shop.confirm(balanced(chain, fork))
    assert (report.done, Deposit.objects.get().status) == (0, DepositStatus.PENDING)
    chain.events.clear()  # the node that is asked for events is a third one, which has none yet
    shop.scan(balanced(chain, fork))
    assert Deposit.objects.get().status == DepositStatus.PENDING


def test_an_event_that_a_provider_leaves_out_is_no_reorganisation(chain: FakeChain) -> None:
    chain.pay(PAYER, 7, 10**16)
    shop.scan(chain)
    kept, before = chain.events, cursor().version
    chain.events = {}
    report = shop.scan(chain)
    assert report.failed == 1 and "left out" in cursor().last_error
    assert (cursor().version, Deposit.objects.get().status) == (before, DepositStatus.PENDING)
    other = chain.twin("honest.test")
    other.events = kept
    assert shop.scan(chain, other).failed == 0


def test_c15_a_provider_that_fails_moves_nothing_and_the_next_one_goes_on(chain: FakeChain) -> None:
    shop.scan(chain)
    chain.pay(PAYER, 7, 10**16)
    before = cursor()
    with silent(chain, "chain.test answers with HTML."):
        report = shop.scan(chain)
        assert (report.failed, report.errors) == (1, ("chain 6343: chain.test answers with HTML.",))
        after = cursor()
        assert (after.scanned_to, after.version) == (before.scanned_to, before.version)
        assert after.last_error == "chain.test answers with HTML."
        other = chain.twin("other.test")
        other.down = ""
        assert shop.scan(chain, other).failed == 0
    assert (Deposit.objects.count(), cursor().last_error) == (1, "")


class Flaky(FakeChain):
    """A provider that fails at its n-th question for events."""

    fails_at: int = 0
    asked: int = 0

    def logs(self, first: int, last: int) -> list[VaultLog]:
        self.asked += 1
        if self.asked == self.fails_at:
            raise AdapterError("HTTP 500.", transient=True)
        return super().logs(first, last)


@pytest.mark.parametrize("fails_at", [1, 2, 3, 4])
def test_a_provider_that_fails_on_the_way_leaves_the_ranges_before_it_written(fails_at: int) -> None:
    chain = Flaky()
    for nonce in range(40):
        chain.pay(PAYER, nonce + 1, 10**15)
    vault, chain.fails_at = replace(VAULT, most_blocks=15), fails_at
    assert shop.scan(chain, vault=vault).failed == 1
    assert cursor().scanned_to == max(0, (fails_at - 1) * 15 - 1)
    shop.scan(chain, vault=vault)
    assert sorted(Deposit.objects.values_list("nonce", flat=True), key=int) == list(range(1, 41))
    assert DepositSighting.objects.count() == 40


def test_c17_six_hours_of_silence_are_made_up_for_without_a_gap_and_without_a_double(
    chain: FakeChain,
) -> None:
    shop.scan(chain)
    nonces = []
    for hour in range(6):
        for part in range(12):
            chain.mine(299)
            nonces.append(hour * 12 + part + 1)
            chain.pay(PAYER, nonces[-1], 10**15)
    scans = 0
    while cursor().head_number != cursor().scanned_to or scans == 0:
        before = cursor().scanned_to
        assert shop.scan(chain, now=NOW + timedelta(hours=6, seconds=5 * scans)).failed == 0
        assert 0 < cursor().scanned_to - before <= scanning.RANGES_A_SCAN * VAULT.most_blocks
        scans += 1
    assert scans == 5
    assert sorted(Deposit.objects.values_list("nonce", flat=True)) == nonces
    assert DepositSighting.objects.count() == len(nonces)


def test_an_overlap_longer_than_a_scan_still_comes_forward(chain: FakeChain) -> None:
    chain.mine(2_000)
    vault = replace(VAULT, overlap=500, most_blocks=3)
    reached = []
    for _ in range(4):
        shop.scan(chain, vault=vault)
        reached.append(cursor().scanned_to)
    assert reached == [150, 300, 450, 600]


def test_reading_begins_at_the_vaults_first_block(chain: FakeChain) -> None:
    chain.pay(PAYER, 1, 10**15)
    chain.mine(50)
    chain.pay(PAYER, 2, 10**15)
    vault = replace(VAULT, start_block=30)
    shop.scan(chain, vault=vault)
    assert list(Deposit.objects.values_list("nonce", flat=True)) == [2]
    unborn = replace(VAULT, chain_id=99, start_block=10_000)
    assert shop.scan(chain, vault=unborn).failed == 0
    assert ChainCursor.objects.get(chain_id=99).scanned_to == 0


def test_a_scan_that_was_overtaken_writes_nothing(chain: FakeChain, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.scan(chain)
    chain.pay(PAYER, 7, 10**16)
    told = chain.logs

    def overtaken(first: int, last: int) -> list[VaultLog]:
        monkeypatch.setattr(chain, "logs", told)
        shop.scan(chain)  # another process comes between the question and the write
        return told(first, last)

    monkeypatch.setattr(chain, "logs", overtaken)
    report = shop.scan(chain)
    assert (report.skipped, report.done) == (1, 0)
    assert Deposit.objects.get().sightings.count() == 1
    assert cursor().version == 2


def test_withdrawals_are_not_deposits(chain: FakeChain) -> None:
    chain.withdraw(PAYER, 7, 10**15)
    shop.scan(chain)
    assert not Deposit.objects.exists()


def test_another_token_is_no_deposit_and_somebody_is_told(chain: FakeChain) -> None:
    chain.pay(PAYER, 7, 10**16, token="0x" + "70" * 20)
    shop.scan(chain)
    shop.scan(chain)
    finding = Finding.objects.get()
    assert (finding.kind, finding.detail["amount_wei"]) == (FindingKind.ORPHAN_DEPOSIT, str(10**16))
    assert not Deposit.objects.exists()


def test_a_payment_that_stands_twice_is_one_deposit_and_a_finding(chain: FakeChain) -> None:
    first = chain.pay(PAYER, 7, 10**16)
    second = chain.pay(PAYER, 7, 10**16)
    chain.mine(VAULT.confirmations)
    for _ in range(2):
        shop.scan(chain)
    assert Deposit.objects.get().tx_hash == first.tx_hash
    finding = Finding.objects.get()
    assert (finding.kind, finding.subject) == (FindingKind.DOUBLE, f"{second.tx_hash}:0")
    # The vault says twice as much as the event: nothing is granted on either word.
    assert shop.confirm(chain).done == 0
    assert Finding.objects.filter(kind=FindingKind.DISAGREEMENT).count() == 1


def test_two_payers_under_one_number_are_two_deposits(chain: FakeChain) -> None:
    chain.batch([(PAYER, 7, 1), ("0x" + "0b" * 20, 7, 2)])
    chain.mine(200)
    chain.pay("0x" + "0c" * 20, 7, 3)
    shop.scan(chain)
    shop.scan(chain)
    assert Deposit.objects.count() == 3
    assert not Finding.objects.exists()


def test_a_resolver_of_others_is_not_ours(chain: FakeChain) -> None:
    chain.pay(PAYER, 7, 10**16, resolver="0x" + "66" * 20)
    shop.scan(chain)
    assert not Deposit.objects.exists()
