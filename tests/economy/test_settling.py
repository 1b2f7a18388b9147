"""What a confirmed deposit buys."""

import pytest

from apps.economy.models import Purchase
from apps.economy.types import DepositStatus
from tests.economy import shop
from tests.economy.world import FakeChain

pytestmark = pytest.mark.django_db


def test_a_paid_offer_becomes_a_clone_with_its_grant(chain: FakeChain) -> None:
    quote = shop.quote_for(shop.player(), chain)
    deposit = shop.confirmed(quote, chain)
    assert (deposit.status, deposit.unmatched_reason) == (DepositStatus.CONFIRMED, "")
    purchase = Purchase.objects.get()
    assert purchase.deposit == deposit
