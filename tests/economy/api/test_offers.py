"""Prices for everybody, and offers to people: what a wallet is told to send, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.clones import services as clones
from apps.economy.models import Quote
from apps.economy.services import signing
from apps.operations import clock
from tests.economy import shop
from tests.economy.api.desk import API, WANTED, Desk, bury, told
from tests.economy.world import VAULT, FakeChain

pytestmark = pytest.mark.django_db
NEW = {**WANTED, "createClone": {"name": "Trader 1", "description": "Trades."}}


def test_anybody_reads_prices(providers: list[FakeChain]) -> None:
    smallest = Client().get(f"{API}audition-fee/quote").json()
    assert (smallest["tier"], smallest["assetCapacity"], smallest["modelStrength"]) == ("starter", 3, "light")
    assert (smallest["feeWei"], smallest["payableAt"][0]["chainId"]) == (str(10**16), VAULT.chain_id)
    largest = Client().get(f"{API}audition-fee/quote?tier=pro&assetCapacity=10&modelStrength=frontier")
    assert largest.json()["feeWei"] == str(8 * 10**16)


def test_prices_stay_readable_while_payments_are_off(settings: Any) -> None:
    settings.VAULTS = []
    said = Client().get(f"{API}audition-fee/quote").json()
    assert (said["feeWei"], said["payableAt"]) == (str(10**16), [])


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("tier=platinum", 400),
        ("assetCapacity=0", 400),
        ("assetCapacity=-1", 400),
        ("assetCapacity=99999999999999999999999999", 400),
        ("assetCapacity=٣", 400),
        ("assetCapacity=1.0", 400),
        ("modelStrength=", 400),
        ("unknown=1", 400),
        ("tier=starter&assetCapacity=4", 422),
    ],
)
def test_hostile_questions_for_a_price_are_refused(query: str, status: int) -> None:
    assert Client().get(f"{API}audition-fee/quote?{query}").status_code == status


def test_an_offer_says_what_the_wallet_sends(desk: Desk, chain: FakeChain) -> None:
    answer = desk.post("audition-fee/quote", NEW)
    offer, quote = answer.json(), Quote.objects.get()
    assert answer.status_code == 201 and "no-store" in answer["Cache-Control"]
    assert (offer["walletAddress"], offer["state"]) == (desk.address, "open")
    assert (offer["depositNonce"], offer["feeWei"]) == (str(quote.nonce), str(10**16))
    assert offer["transaction"] == {
        "chainId": VAULT.chain_id,
        "to": VAULT.address,
        "data": signing.deposit_calldata(VAULT, nonce=quote.nonce),
        "value": str(10**16),
    }
    assert (offer["rulebookDigest"], offer["cloneId"]) == (quote.rulebook_digest, None)
    assert desk.get(f"audition-fee/quote/{offer['id']}").json() == offer


def test_an_offer_is_followed_to_its_purchase(desk: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    seen: list[tuple[str, int, bool]] = []

    def look() -> None:
        shop.scan(chain, now=clock.real_now())
        shop.confirm(chain, now=clock.real_now())
        said = desk.get(f"audition-fee/quote/{quote.public_id}").json()
        seen.append((said["state"], said["confirmations"], said["transaction"] is not None))

    look()
    chain.pay(desk.address, quote.nonce, quote.fee_wei)
    look()
    chain.mine()
    look()
    bury(chain)
    look()
    assert seen == [
        ("open", 0, True),
        ("confirming", 1, False),
        ("confirming", 2, False),
        ("bought", 5, False),
    ]
    said = desk.get(f"audition-fee/quote/{quote.public_id}").json()
    assert said["purchaseId"] == desk.get("purchases").json()["items"][0]["id"]
    assert said["cloneId"].startswith("cln_")


def test_an_offer_that_ran_out_is_not_to_be_paid(desk: Desk, settings: Any) -> None:
    quote = desk.offer()
    Quote.objects.update(expires_at=clock.real_now() - timedelta(seconds=1))
    said = desk.get(f"audition-fee/quote/{quote.public_id}").json()
    assert (said["state"], said["transaction"]) == ("expired", None)


def test_nobody_reads_the_offer_of_another(desk: Desk, other: Desk) -> None:
    quote = desk.offer()
    assert told(other.get(f"audition-fee/quote/{quote.public_id}")) == (404, "QUOTE_NOT_FOUND")
    assert other.client.get(f"{API}audition-fee/quote/nonsense").status_code == 404


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"walletAddress": "0x" + "99" * 20}, 403, "WALLET_NOT_LINKED"),
        ({"walletAddress": "0x" + "99" * 19}, 400, "VALIDATION_FAILED"),
        ({"walletAddress": "0x" + "٧" * 40}, 400, "VALIDATION_FAILED"),
        ({"walletAddress": "0x" + "99" * 20 + "\n"}, 400, "VALIDATION_FAILED"),
        ({"walletAddress": 7}, 400, "VALIDATION_FAILED"),
        ({"chainId": 1}, 422, "WRONG_CHAIN"),
        ({"chainId": -1}, 400, "VALIDATION_FAILED"),
        ({"chainId": 10**30}, 400, "VALIDATION_FAILED"),
        ({"assetCapacity": 4}, 422, "ASSET_CAPACITY_INVALID"),
        ({"assetCapacity": True}, 400, "VALIDATION_FAILED"),
        ({"feeWei": "1"}, 400, "FIELD_NOT_ALLOWED"),
        ({"createClone": {"name": "\u202eredart"}}, 422, "NAME_INVALID"),
        ({"createClone": {"name": "x" * 33}}, 422, "NAME_INVALID"),
        ({"createClone": {"name": "x" * 4000}}, 400, "VALIDATION_FAILED"),
        ({"createClone": {"name": "Official"}}, 422, "NAME_RESERVED"),
        ({"createClone": {"name": 7}}, 400, "VALIDATION_FAILED"),
        ({"createClone": []}, 400, "VALIDATION_FAILED"),
        ({"cloneId": "cln_0"}, 400, "VALIDATION_FAILED"),
    ],
)
def test_what_cannot_be_offered_is_refused(
    desk: Desk, changes: dict[str, Any], status: int, code: str
) -> None:
    assert told(desk.post("audition-fee/quote", {**NEW, **changes})) == (status, code)
    assert not Quote.objects.exists()


def test_an_offer_for_an_own_clone_and_for_nobody_else_s(desk: Desk, other: Desk) -> None:
    now = clock.real_now()
    hers = clones.create_clone(owner=other.user, name="Hers", by=shop.BY, now=now)
    mine = clones.create_clone(owner=desk.user, name="Mine", by=shop.BY, now=now)
    assert desk.post("audition-fee/quote", {**WANTED, "cloneId": hers.public_id}).status_code == 404
    offer = desk.post("audition-fee/quote", {**WANTED, "cloneId": mine.public_id}).json()
    assert (offer["cloneId"], offer["cloneName"]) == (mine.public_id, "Mine")


def test_no_offer_is_made_while_the_chain_cannot_be_asked(desk: Desk, chain: FakeChain) -> None:
    chain.down = "chain.test cannot be asked at the moment."
    assert told(desk.post("audition-fee/quote", NEW)) == (503, "CHAIN_UNAVAILABLE")
    assert not Quote.objects.exists()
