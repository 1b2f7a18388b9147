"""What a person did not fetch in time is signed anew when they ask: the same money, once, and on the same two words."""

from collections.abc import Iterator

import pytest

from apps.core.errors import NotFound
from apps.economy.models import Deposit, Refund
from apps.economy.services import fetching, refunds
from apps.economy.types import RefundStatus
from apps.operations import clock
from apps.operations.models import AuditEvent
from apps.operations.types import Actor
from tests.economy import shop
from tests.economy.api.desk import Desk, told
from tests.economy.giving_back import acting, configured, make_chain
from tests.economy.world import FakeChain

pytestmark = pytest.mark.django_db


@pytest.fixture
def signing(desk: Desk, providers: list[FakeChain]) -> Iterator[FakeChain]:
    """A chain whose resolver can sign, and the only one that is asked."""
    chain = make_chain()
    chain.now = clock.real_now()
    providers[:] = [chain]
    with configured():
        yield chain


@pytest.fixture
def expired(desk: Desk, signing: FakeChain) -> Refund:
    """Money of the person's wallet that bought nothing, approved by another person, and not fetched in time."""
    now = clock.real_now()
    signing.pay(desk.address, 7, 10**16, resolver=signing.vault.resolver)
    shop.settle([signing], now=now)
    asked = refunds.owner_ask(
        deposit=Deposit.objects.get(), cause="unmatched", reason="Mine.", by=acting_of(desk), now=now
    )
    signed = refunds.approve(refund=asked, by=acting("olga"), now=now)
    return fetching.expire(refund=signed, now=now)


def acting_of(desk: Desk) -> Actor:
    """The person at the desk as who acts."""
    return Actor.user(desk.user)


def test_C19_its_owner_has_it_signed_anew_and_once(desk: Desk, expired: Refund) -> None:
    answer = desk.post(f"refunds/{expired.public_id}/renew", b"")
    assert answer.status_code == 201, answer.content
    said, fresh = answer.json(), Refund.objects.latest("pk")
    assert (said["id"], said["status"], said["amountWei"]) == (fresh.public_id, "signed", str(10**16))
    assert fresh.signature[2:] in said["withdrawal"]["data"] and fresh.nonce != expired.nonce
    assert (fresh.asked_by, fresh.approved_by) == (desk.user, expired.approved_by)
    assert AuditEvent.objects.filter(verb="economy.refund.signed", actor_id=desk.user.public_id).exists()
    again = desk.post(f"refunds/{expired.public_id}/renew", b"")
    assert told(again) == (409, "REFUND_EXISTS") and Refund.objects.count() == 2
    assert told(desk.post(f"refunds/{fresh.public_id}/renew", b"")) == (409, "REFUND_NOT_EXPIRED")


def test_C19_nobody_has_another_person_s_refund_signed_anew(desk: Desk, other: Desk, expired: Refund) -> None:
    assert told(other.post(f"refunds/{expired.public_id}/renew", b"")) == (404, "REFUND_NOT_FOUND")
    with pytest.raises(NotFound):
        refunds.owner_renew(refund=expired, by=acting_of(other), now=clock.real_now())
    assert told(desk.post(f"refunds/{expired.public_id}/renew", b"", key=None))[1] == "IDEMPOTENCY_REQUIRED"
    assert Refund.objects.get() == expired


def test_what_was_refused_since_is_not_signed_anew(desk: Desk, expired: Refund) -> None:
    now = clock.real_now()
    asked = refunds.owner_ask(
        deposit=expired.deposit, cause="unmatched", reason="Again.", by=acting_of(desk), now=now
    )
    refunds.deny(refund=asked, reason="Under inquiry.", by=acting("olga"), now=now)
    answer = desk.post(f"refunds/{expired.public_id}/renew", b"")
    assert told(answer) == (409, "REFUND_SUPERSEDED")
    assert not Refund.objects.filter(status=RefundStatus.SIGNED).exists()


def test_another_amount_than_was_approved_is_not_signed(desk: Desk, expired: Refund) -> None:
    Refund.objects.filter(pk=expired.pk).update(amount_wei=10**16 - 1)
    assert told(desk.post(f"refunds/{expired.public_id}/renew", b"")) == (409, "AMOUNT_CHANGED")
    assert Refund.objects.count() == 1
