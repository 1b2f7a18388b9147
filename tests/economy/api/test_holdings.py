"""What a person has: deposits that bought nothing are claimed or asked back, never both."""

from datetime import timedelta

import pytest

from apps.clones import services as clones
from apps.core.errors import DomainError
from apps.economy.models import Deposit, Purchase, Quote, Refund
from apps.economy.services import claims, refunds
from apps.operations import clock
from apps.operations.models import AuditEvent
from apps.operations.types import Actor
from tests.economy import shop
from tests.economy.api.desk import Desk, bury, told
from tests.economy.giving_back import configured, make_chain
from tests.economy.world import FakeChain

pytestmark = pytest.mark.django_db
WHY = {"cause": "unmatched", "reason": "It bought nothing."}


def stray(desk: Desk, chain: FakeChain, *, amount: int = 10**16, nonce: int = 7) -> str:
    """A confirmed payment of the person's wallet under a number that nobody was given; its public id."""
    chain.pay(desk.address, nonce, amount, resolver=chain.vault.resolver)
    bury(chain)
    shop.scan(chain, now=clock.real_now())
    shop.confirm(chain, now=clock.real_now())
    return Deposit.objects.get(nonce=nonce).public_id


def test_C12_what_bought_nothing_pays_an_open_offer_of_its_payer(desk: Desk, chain: FakeChain) -> None:
    deposit, quote = stray(desk, chain), desk.offer()
    answer = desk.post(f"deposits/{deposit}/claim", {"quoteId": quote.public_id})
    assert (answer.status_code, answer.json()["depositId"]) == (200, deposit)
    assert desk.get("deposits").json()["items"][0]["purchaseId"] == answer.json()["id"]
    again = desk.post(
        f"deposits/{deposit}/claim", {"quoteId": desk.offer(createClone={"name": "B"}).public_id}
    )
    assert told(again) == (409, "DEPOSIT_ALREADY_CLAIMED")
    assert Purchase.objects.get().quote == quote


def test_C12_nobody_claims_for_another(desk: Desk, other: Desk, chain: FakeChain) -> None:
    deposit, mine, hers = stray(desk, chain), desk.offer(), other.offer()
    assert told(other.post(f"deposits/{deposit}/claim", {"quoteId": hers.public_id}))[0] == 404
    assert told(desk.post(f"deposits/{deposit}/claim", {"quoteId": hers.public_id}))[0] == 404
    assert told(desk.post("deposits/dep_0/claim", {"quoteId": mine.public_id}))[0] == 404
    assert told(other.post(f"deposits/{deposit}/refund", WHY))[0] == 404
    assert not Purchase.objects.exists() and not Refund.objects.exists()


def test_C05_what_is_too_little_for_an_offer_pays_none(desk: Desk, chain: FakeChain) -> None:
    deposit, quote = stray(desk, chain, amount=10**16 - 1), desk.offer()
    assert told(desk.post(f"deposits/{deposit}/claim", {"quoteId": quote.public_id})) == (
        422,
        "AMOUNT_TOO_LOW",
    )


@pytest.mark.parametrize(
    ("seen_hours_after", "dated_hours_after", "status"),
    [(1, 1, 200), (24, 24, 200), (25, 23, 200), (25, 25, 409), (7000, 7000, 409)],
)
def test_C11_a_late_payment_pays_its_own_offer_for_a_day_and_no_other_that_ran_out(
    desk: Desk, chain: FakeChain, seen_hours_after: int, dated_hours_after: int, status: int
) -> None:
    late, old = desk.offer(), desk.offer(createClone={"name": "Old"})
    now = clock.real_now()
    ended = now - timedelta(hours=seen_hours_after)
    Quote.objects.update(expires_at=ended)
    chain.now = ended + timedelta(hours=dated_hours_after) - timedelta(minutes=1)
    deposit = stray(desk, chain, nonce=late.nonce)
    Deposit.objects.update(first_seen_at=now)
    assert told(desk.submit(late)) == (409, "QUOTE_EXPIRED")
    refused = desk.post(f"deposits/{deposit}/claim", {"quoteId": old.public_id})
    assert told(refused) == (409, "QUOTE_EXPIRED")
    claimed = desk.post(f"deposits/{deposit}/claim", {"quoteId": late.public_id})
    assert claimed.status_code == status
    if status == 409:
        assert claimed.json()["code"] == "QUOTE_EXPIRED" and not Purchase.objects.exists()
        one, two = Actor("user", "usr_one", "one"), Actor("user", "usr_two", "two")
        claims.assign(
            deposit=Deposit.objects.get(),
            quote=late,
            reason="They were cut off.",
            by=one,
            approved_by=two,
            now=now,
        )
    assert Purchase.objects.get().quote == late


def test_C19_a_claim_and_a_refund_exclude_each_other(desk: Desk, chain: FakeChain) -> None:
    first, second, quote = stray(desk, chain), stray(desk, chain, nonce=8), desk.offer()
    asked = desk.post(f"deposits/{first}/refund", WHY)
    assert (asked.status_code, asked.json()["status"], asked.json()["withdrawal"]) == (201, "waiting", None)
    assert told(desk.post(f"deposits/{first}/refund", WHY)) == (409, "REFUND_EXISTS")
    assert told(desk.post(f"deposits/{first}/claim", {"quoteId": quote.public_id})) == (409, "REFUND_EXISTS")
    assert desk.post(f"deposits/{second}/claim", {"quoteId": quote.public_id}).status_code == 200
    assert told(desk.post(f"deposits/{second}/refund", WHY)) == (409, "NOTHING_OWED")
    assert [one["id"] for one in desk.get("refunds").json()["items"]] == [asked.json()["id"]]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"cause": "purchase", "reason": "Mine."},
        {"cause": "unmatched"},
        {"cause": "unmatched", "reason": ""},
        {"cause": "unmatched", "reason": " "},
        {"cause": "unmatched", "reason": "x" * 201},
        {"cause": "unmatched", "reason": 7},
        {"cause": ["unmatched"], "reason": "Mine."},
        {**WHY, "amountWei": "1"},
        {**WHY, "payeeAddress": "0x" + "99" * 20},
    ],
)
def test_a_refund_names_its_cause_and_nothing_else(desk: Desk, chain: FakeChain, body: object) -> None:
    assert desk.post(f"deposits/{stray(desk, chain)}/refund", body).status_code == 400
    assert not Refund.objects.exists()


def test_who_is_to_get_money_back_is_told_what_to_send(desk: Desk, providers: list[FakeChain]) -> None:
    chain = make_chain()
    providers[:] = [chain]
    operator = Actor.user(shop.player(9, now=clock.real_now()).user)
    with configured():
        deposit = stray(desk, chain)
        refund = desk.post(f"deposits/{deposit}/refund", WHY).json()
        refunds.approve(refund=Refund.objects.get(), by=operator, now=clock.real_now())
        [said] = desk.get("refunds").json()["items"]
    assert (said["id"], said["status"], said["amountWei"]) == (refund["id"], "signed", str(10**16))
    assert (said["withdrawal"]["to"], said["withdrawal"]["value"]) == (chain.vault.address, "0")
    assert Refund.objects.get().signature[2:] in said["withdrawal"]["data"]


def test_C20_two_operators_let_a_payment_count_for_an_offer(
    desk: Desk, other: Desk, chain: FakeChain
) -> None:
    deposit = Deposit.objects.get(public_id=stray(desk, chain))
    quote, now = other.offer(), clock.real_now()
    one, two = Actor("user", "usr_one", "one"), Actor("user", "usr_two", "two")
    said = {"deposit": deposit, "quote": quote, "by": one, "now": now}
    with pytest.raises(DomainError) as alone:
        claims.assign(**said, reason="She proved it.", approved_by=one)
    assert (alone.value.status, alone.value.code) == (403, "FOUR_EYES_REQUIRED")
    with pytest.raises(DomainError) as silent:
        claims.assign(**said, reason=" ", approved_by=two)
    assert silent.value.code == "REASON_REQUIRED"
    hers = Actor.user(other.user)
    for pair in ({"by": hers, "approved_by": two}, {"by": one, "approved_by": hers}):
        with pytest.raises(DomainError) as gaining:
            claims.assign(**said | pair, reason="It is mine.")
        assert (gaining.value.status, gaining.value.code) == (403, "FOUR_EYES_REQUIRED")
    assert not Purchase.objects.exists()
    purchase = claims.assign(**said, reason="She proved it.", approved_by=two)
    assert (purchase.user, purchase.deposit) == (other.user, deposit)
    event = AuditEvent.objects.get(verb="economy.deposit.assigned")
    assert (event.reason, event.detail["approvedBy"]) == ("She proved it.", "usr_two")


def test_lists_are_a_person_s_own_and_in_pages(desk: Desk, other: Desk, chain: FakeChain) -> None:
    ids = [stray(desk, chain, nonce=nonce) for nonce in (7, 8, 9)]
    page = desk.get("deposits?limit=2").json()
    rest = desk.get(f"deposits?limit=2&cursor={page['nextCursor']}").json()
    assert [one["id"] for one in [*page["items"], *rest["items"]]] == ids[::-1]
    for path in ("deposits", "purchases", "refunds"):
        assert other.get(path).json() == {"items": [], "nextCursor": None}


def test_a_clone_that_is_gone_leaves_the_claim_undone(desk: Desk, chain: FakeChain) -> None:
    now = clock.real_now()
    mine = clones.create_clone(owner=desk.user, name="Mine", by=shop.BY, now=now)
    deposit = stray(desk, chain)
    quote = desk.offer(createClone={"name": "Other"})
    Quote.objects.filter(pk=quote.pk).update(clone=mine, clone_name="", clone_description="")
    clones.delete_clone(clone=mine, by=shop.BY, now=now)
    assert desk.post(f"deposits/{deposit}/claim", {"quoteId": quote.public_id}).status_code == 409
    assert Deposit.objects.get().unmatched_reason == "NO_QUOTE"
    assert not Purchase.objects.exists()
