"""What others read of deposits, purchases and findings: values that say where each stands."""

from datetime import timedelta

import pytest

from apps.core.errors import NotFound
from apps.economy.models import DepositSighting, Refund
from apps.economy.queries import deposits, findings, purchases
from apps.economy.services.findings import close_findings, open_finding
from apps.economy.types import FindingKind, RefundCause, RefundStatus, SightingKind
from tests.economy import rows
from tests.economy.rows import EXTRA, FEE, Rows
from tests.economy.world import NOW, RESOLVER

pytestmark = pytest.mark.django_db

CHAIN = 6343


@pytest.fixture
def world() -> Rows:
    """A payment in each state."""
    return rows.sound_rows()


def test_a_deposit_says_where_it_stands_and_what_it_bought(world: Rows) -> None:
    seen = deposits.get_deposit(world.bought.deposit.public_id)
    assert (seen.status, seen.amount_wei, seen.depth) == ("confirmed", FEE + EXTRA, 20)
    assert (seen.purchase_id, seen.unmatched_reason) == (world.bought.public_id, "")
    gone = deposits.get_deposit(world.reversed.deposit.public_id)
    assert (gone.status, gone.tx_hash, gone.depth) == ("reversed", "", 0)
    with pytest.raises(NotFound) as missing:
        deposits.get_deposit("dep_nothing")
    assert missing.value.code == "DEPOSIT_NOT_FOUND"


def test_deposits_are_listed_by_chain_state_payer_number_and_transaction(world: Rows) -> None:
    assert [each.nonce for each in deposits.list_deposits()] == [6, 5, 4, 3, 2, 1]
    assert [each.nonce for each in deposits.list_deposits(status="pending")] == [6]
    assert [each.nonce for each in deposits.list_deposits(payer_address=rows.payer_of(2).upper())] == [2]
    assert deposits.list_deposits(chain_id=1) == []
    assert len(deposits.list_deposits(limit=2)) == 2
    other = rows.make_deposit(1, payer_address=rows.payer_of(9), tx_hash="0x" + "77" * 32, status="pending")
    under = deposits.list_deposits_under(chain_id=CHAIN, resolver=RESOLVER, nonce=1)
    assert [each.public_id for each in under] == [world.bought.deposit.public_id, other.public_id]
    there = deposits.list_deposits_of_transaction(chain_id=CHAIN, tx_hash="0x" + "77" * 32)
    assert [each.public_id for each in there] == [other.public_id]


def test_what_waits_longest_is_the_first_of_what_bought_nothing(world: Rows) -> None:
    early = rows.make_deposit(9, unmatched_reason="NO_QUOTE", confirmed_at=NOW - timedelta(hours=1))
    found = deposits.list_unmatched(chain_id=CHAIN)
    assert [each.nonce for each in found] == [9, 4, 5]
    assert found[0].public_id == early.public_id
    assert deposits.list_unmatched(chain_id=1) == []
    assert deposits.count_deposits() == {
        "pending": 1,
        "confirmed": 5,
        "dropped": 0,
        "reversed": 1,
        "unmatched": 3,
    }


def test_sightings_are_told_in_their_order(world: Rows) -> None:
    for kind in (SightingKind.SEEN, SightingKind.GONE):
        DepositSighting.objects.create(
            deposit=world.pending,
            kind=kind,
            tx_hash="0x",
            log_index=0,
            block_number=6,
            block_hash="0x",
            at=NOW,
        )
    assert [each.kind for each in deposits.list_sightings(world.pending.public_id)] == ["seen", "gone"]
    assert deposits.list_sightings(world.unmatched.public_id) == []


def test_a_purchase_is_read_with_the_payment_behind_it_by_its_owner_only(world: Rows) -> None:
    view = purchases.get_purchase(world.bought.public_id, user=world.clone.owner)
    assert (view.fee_wei, view.surplus_wei, view.nonce, view.clone_id) == (
        FEE,
        EXTRA,
        1,
        world.clone.public_id,
    )
    assert (view.deposit_id, view.payer_address) == (world.bought.deposit.public_id, rows.payer_of(1))
    with pytest.raises(NotFound):
        purchases.get_purchase(world.bought.public_id, user=rows.person("stranger"))


def test_purchases_are_found_by_number_grant_owner_clone_and_state(world: Rows) -> None:
    one = purchases.find_purchase_under(chain_id=CHAIN, resolver=RESOLVER, nonce=1)
    assert one is not None and one.public_id == world.bought.public_id
    assert purchases.find_purchase_under(chain_id=CHAIN, resolver=RESOLVER, nonce=4) is None
    assert purchases.find_purchase_of_entitlement(world.bought.entitlement_id) == one
    assert purchases.find_purchase_of_entitlement(0) is None
    assert [each.nonce for each in purchases.list_purchases(clone_id=world.clone.public_id)] == [3, 2, 1]
    assert [each.nonce for each in purchases.list_purchases(status="refunded")] == [2]
    assert purchases.list_purchases(user=rows.person("stranger")) == []


def test_what_is_owed_is_what_is_booked_less_what_is_being_given_back(world: Rows) -> None:
    assert purchases.owed_wei(world.bought.deposit) == {"purchase": FEE, "unmatched": 0, "surplus": EXTRA}
    assert purchases.owed_wei(world.given_back.deposit)["purchase"] == 0
    assert purchases.owed_wei(world.unmatched) == {"purchase": 0, "unmatched": FEE, "surplus": 0}
    asked = rows.make_refund(world.unmatched, RefundCause.UNMATCHED, FEE, status=RefundStatus.WAITING)
    assert purchases.owed_wei(world.unmatched)["unmatched"] == 0
    Refund.objects.filter(pk=asked.pk).update(status=RefundStatus.DENIED)
    assert purchases.owed_wei(world.unmatched)["unmatched"] == FEE


def test_more_given_back_than_owed_is_below_zero_and_never_nothing(world: Rows) -> None:
    rows.make_refund(world.pending, RefundCause.UNMATCHED, FEE, status=RefundStatus.WAITING)
    assert purchases.owed_wei(world.pending)["unmatched"] == -FEE


def test_findings_are_open_until_closed_and_counted_by_kind() -> None:
    for subject in ("dep_1", "dep_2"):
        open_finding(kind=FindingKind.REORG, chain_id=1, subject=subject, detail={"n": "1"}, now=NOW)
    open_finding(kind=FindingKind.DOUBLE, chain_id=2, subject="dep_3", detail={}, now=NOW)
    assert findings.count_open_findings() == {"double": 1, "reorg": 2}
    assert [each.subject for each in findings.list_open_findings()] == ["dep_3", "dep_2", "dep_1"]
    assert [each.subject for each in findings.list_open_findings(chain_id=1, subject="dep_2")] == ["dep_2"]
    close_findings(kind=FindingKind.REORG, chain_id=1, because="It is back.", now=NOW, subject="dep_1")
    assert [each.closed_because for each in findings.list_closed_findings()] == ["It is back."]
    assert [each.subject for each in findings.list_open_findings(kind="reorg")] == ["dep_2"]
