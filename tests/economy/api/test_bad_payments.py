"""Every payment of the table is refused with its code, and nobody has anything from it."""

import pytest

from apps.clones.models import Clone, Entitlement
from apps.economy.models import Deposit, LedgerBook, Purchase
from apps.economy.types import Book
from tests.economy.api.bad_payments import BAD_PAYMENTS, Bad, Scene
from tests.economy.api.desk import Desk, repeated, told
from tests.economy.world import FakeChain

pytestmark = pytest.mark.django_db
KEPT = {"AMOUNT_TOO_LOW", "QUOTE_EXPIRED", "QUOTE_USED", "NOT_GRANTABLE"}
"""Refusals of money that arrived: it is written down as owed to whoever paid."""


def test_the_table_is_long_enough_and_names_each_once() -> None:
    assert len(BAD_PAYMENTS) >= 80
    assert len({bad.name for bad in BAD_PAYMENTS}) == len(BAD_PAYMENTS)


@pytest.mark.parametrize("bad", BAD_PAYMENTS, ids=lambda bad: bad.name)
def test_c01_to_c22_a_bad_payment_is_refused_with_its_code(
    bad: Bad, desk: Desk, other: Desk, chain: FakeChain
) -> None:
    quote = desk.offer()
    scene = Scene(desk, other, chain, quote, repeated(quote))
    bad.bend(scene)
    answer = desk.post("audition-fee/submit", scene.body)
    assert told(answer) == (bad.status, bad.code), answer.content
    assert not Purchase.objects.filter(user=desk.user).exists()
    assert not Clone.objects.filter(owner=desk.user).exists()
    assert not Entitlement.objects.filter(is_mock=False, clone__owner=desk.user).exists()
    assert_the_money_is_kept(bad, desk)


def assert_the_money_is_kept(bad: Bad, desk: Desk) -> None:
    """What arrived is owed to the last wei; what did not arrive is booked nowhere."""
    arrived = Deposit.objects.filter(payer_address=desk.address, status="confirmed")
    assert arrived.exists() == (bad.code in KEPT)
    owed = LedgerBook.objects.filter(name=Book.UNMATCHED).first()
    assert -(owed.balance_wei if owed else 0) == sum(one.amount_wei for one in arrived)


def test_the_submission_that_the_table_bends_is_sound(desk: Desk, other: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    scene = Scene(desk, other, chain, quote, repeated(quote))
    scene.pay()
    assert desk.post("audition-fee/submit", scene.body).status_code == 200
