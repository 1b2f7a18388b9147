"""The page of a refund that was not withdrawn in time, and its button."""

from typing import Any

import pytest
from django.test import Client

from apps.economy.models import Deposit, Refund
from apps.economy.services import fetching, refunds
from apps.economy.types import RefundStatus
from apps.operations import clock
from apps.operations.types import Actor
from apps.users.services.accounts import create_user
from tests.users.signing import wallet
from tests.web.checkout import Checkout, make_clone, take_payments
from tests.web.people import enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(client: Client, settings: Any, monkeypatch: Any) -> Refund:
    """Money under a number that nobody was given, signed back to the signed-in payer."""
    owner, chain = enter(client, wallet(30)), take_payments(settings, monkeypatch)
    checkout, now = Checkout(owner, make_clone(owner), chain, wallet(30).address.lower()), clock.real_now()
    chain.pay(checkout.address, 7, 10**16, resolver=chain.vault.resolver)
    checkout.bury()
    asked = refunds.owner_ask(
        deposit=Deposit.objects.get(), cause="unmatched", reason="Mine.", by=Actor.user(owner), now=now
    )
    olga = create_user(username="olga", by=Actor.system("tests"), now=now)
    return refunds.approve(refund=asked, by=Actor.user(olga), now=now)


def test_a_refund_that_ran_out_is_signed_anew_by_a_button(client: Client, signed: Refund) -> None:
    url = f"/my/refunds/{signed.public_id}"
    assert client.get(url).context["refund"]["renew_url"] == ""
    refused = client.post(f"{url}/renew", follow=True)
    assert "Only what was not fetched in time" in refused.content.decode()

    fetching.expire(refund=signed, now=clock.real_now())
    page = client.get(url)
    assert page.context["refund"]["renew_url"] == f"{url}/renew" and "Sign it anew" in page.content.decode()
    answer = client.post(f"{url}/renew")
    fresh = Refund.objects.latest("pk")
    assert answer["Location"] == f"/my/refunds/{fresh.public_id}" and fresh.status == RefundStatus.SIGNED
    shown = client.get(answer["Location"]).context["refund"]
    assert shown["waits"] and fresh.signature[2:] in shown["order"]["data"]
    before = client.get(url).context["refund"]
    assert before["renew_url"] == "" and before["later_url"] == answer["Location"]


def test_another_player_finds_no_button_to_press(client: Client, signed: Refund) -> None:
    fetching.expire(refund=signed, now=clock.real_now())
    stranger = Client()
    enter(stranger, wallet(31))
    assert stranger.post(f"/my/refunds/{signed.public_id}/renew").status_code == 404
    assert Refund.objects.count() == 1
