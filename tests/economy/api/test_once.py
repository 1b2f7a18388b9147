"""C21: acts that move money have a key, and happen once for it."""

from typing import Any

import pytest

from apps.economy.models import Purchase, Quote, Refund
from apps.operations import clock
from apps.operations.idempotency import LOCK_FOR
from apps.operations.models import IdempotencyKey
from tests.economy import shop
from tests.economy.api.desk import WANTED, Desk, bury, repeated, told
from tests.economy.world import FakeChain

pytestmark = pytest.mark.django_db
NEW = {**WANTED, "createClone": {"name": "Trader 1"}}


def acts(desk: Desk, chain: FakeChain) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Every act of economy: a body that succeeds, and another one."""
    quote = desk.offer()
    chain.pay(desk.address, quote.nonce, quote.fee_wei)
    chain.pay(desk.address, 7, 10**16)
    bury(chain)
    shop.scan(chain, now=clock.real_now())
    shop.confirm(chain, now=clock.real_now())
    stray = next(one["id"] for one in desk.get("deposits").json()["items"] if one["purchaseId"] is None)
    open_one = desk.offer(createClone={"name": "Second"})
    sound = repeated(quote)
    return {
        "audition-fee/quote": (NEW | {"createClone": {"name": "Third"}}, NEW | {"assetCapacity": 2}),
        "audition-fee/submit": (sound, sound | {"assetCapacity": 2}),
        f"deposits/{stray}/claim": ({"quoteId": open_one.public_id}, {"quoteId": "quo_0"}),
        f"deposits/{stray}/refund": (
            {"cause": "unmatched", "reason": "It bought nothing."},
            {"cause": "unmatched", "reason": "Another."},
        ),
    }


@pytest.mark.parametrize("number", range(4))
def test_C21_a_key_is_required_and_good_for_one_body(desk: Desk, chain: FakeChain, number: int) -> None:
    path, (body, another) = list(acts(desk, chain).items())[number]
    before = Quote.objects.count(), Purchase.objects.count(), Refund.objects.count()
    assert told(desk.post(path, body, key=None)) == (400, "IDEMPOTENCY_REQUIRED")
    for key in ("x" * 256, "x" * 5000, "sch\u00f6n", "a\tb"):
        assert desk.post(path, body, key=key).status_code == 400
    assert (Quote.objects.count(), Purchase.objects.count(), Refund.objects.count()) == before
    first, again = desk.post(path, body, key="x" * 255), desk.post(path, body, key="x" * 255)
    assert first.status_code in (200, 201), first.content
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert told(desk.post(path, another, key="x" * 255)) == (422, "IDEMPOTENCY_MISMATCH")
    after = Quote.objects.count(), Purchase.objects.count(), Refund.objects.count()
    assert sum(after) - sum(before) == (0 if path.endswith("submit") else 1)


def test_C21_a_key_is_the_person_s_own_and_the_address_s(desk: Desk, other: Desk) -> None:
    first = desk.post("audition-fee/quote", NEW, key="k")
    hers = other.post("audition-fee/quote", NEW, key="k")
    assert (first.status_code, hers.status_code) == (201, 201)
    assert first.json()["depositNonce"] != hers.json()["depositNonce"]
    elsewhere = desk.post("audition-fee/submit", NEW | {"depositNonce": "7"}, key="k")
    assert told(elsewhere) == (422, "IDEMPOTENCY_MISMATCH")


def test_C21_while_the_first_request_runs_the_second_waits(desk: Desk) -> None:
    desk.post("audition-fee/quote", NEW, key="k")
    IdempotencyKey.objects.update(status_code=None, answer=None, finished_at=None)
    waits = desk.post("audition-fee/quote", NEW, key="k")
    assert told(waits) == (409, "IDEMPOTENCY_IN_PROGRESS")
    assert waits.json()["retryable"] is True
    IdempotencyKey.objects.update(locked_until=clock.real_now() - LOCK_FOR)
    assert desk.post("audition-fee/quote", NEW, key="k").status_code == 201


def test_C21_a_lasting_refusal_is_told_again_and_a_passing_one_is_not(desk: Desk, chain: FakeChain) -> None:
    quote = desk.offer()
    chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(chain)
    assert told(desk.submit(quote, key="bad", assetCapacity=2)) == (422, "QUOTE_MISMATCH")
    assert told(desk.submit(quote, key="bad", assetCapacity=2)) == (422, "QUOTE_MISMATCH")
    chain.down = "Later."
    assert told(desk.submit(quote, key="good")) == (503, "CHAIN_UNAVAILABLE")
    chain.down = ""
    assert desk.submit(quote, key="good").status_code == 200
