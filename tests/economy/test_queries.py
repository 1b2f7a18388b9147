"""What others read of deposits, purchases and findings: values that say where each stands."""

import pytest

from apps.economy.models import DepositSighting, Refund
from apps.economy.queries import deposits, purchases
from apps.economy.types import RefundCause, RefundStatus, SightingKind
from tests.economy import rows
from tests.economy.rows import EXTRA, FEE, Rows
from tests.economy.world import NOW

pytestmark = pytest.mark.django_db

CHAIN = 6343


@pytest.fixture
def world() -> Rows:
    """A payment in each state."""
    return rows.sound_rows()


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


def test_a_purchase_is_found_by_its_grant_with_the_payment_behind_it(world: Rows) -> None:
    view = purchases.find_purchase_of_entitlement(world.bought.entitlement_id)
    assert view is not None
    assert (view.public_id, view.fee_wei, view.surplus_wei, view.nonce) == (
        world.bought.public_id,
        FEE,
        EXTRA,
        1,
    )
    assert (view.clone_id, view.deposit_id) == (world.clone.public_id, world.bought.deposit.public_id)
    assert view.payer_address == rows.payer_of(1)
    assert purchases.find_purchase_of_entitlement(0) is None


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
