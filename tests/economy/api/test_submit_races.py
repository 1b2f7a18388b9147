"""C01, C19 and C21 on PostgreSQL: one payment buys once whoever submits it, and is claimed or given back, never both."""

from collections import Counter
from typing import Any

import pytest

from apps.clones.models import Entitlement
from apps.economy.models import Deposit, JournalEntry, Purchase, Quote, Refund
from apps.economy.services import chains, claims, refunds, submitting
from apps.operations import clock
from apps.operations.types import Actor
from tests.contenders import RACE, together
from tests.economy import shop
from tests.economy.api.desk import Desk, bury, repeated, told
from tests.economy.providers import asked
from tests.economy.world import FakeChain

pytestmark = RACE
CONTENDERS = 8


def terms(quote: Quote) -> dict[str, Any]:
    """The offer as the service is told it again."""
    return {
        "deposit_nonce": quote.nonce,
        "tier": quote.tier,
        "asset_capacity": quote.asset_capacity,
        "model_strength": quote.model_strength,
        "clone_name": quote.clone_name,
        "open_readers": chains.opened,
        "now": clock.real_now(),
    }


def test_C01_eight_submissions_at_once_are_one_purchase(chain: FakeChain) -> None:
    with asked(chain):
        desk = Desk(1)
        quote = desk.offer()
        paid = chain.pay(desk.address, quote.nonce, quote.fee_wei)
        bury(chain)
        said = {**terms(quote), "user": desk.user, "by": Actor.user(desk.user), "tx_hash": paid.tx_hash}
        answers = together(*[lambda: submitting.submit(**said).purchase for _ in range(CONTENDERS)])
        # Who came while another settled it is told to ask again, and is then given the same purchase.
        bought = {one.public_id for one in answers if one is not None}
        assert len(bought) == 1 and not any(isinstance(one, str) for one in answers)
        assert submitting.submit(**said).purchase == Purchase.objects.get()
    assert Entitlement.objects.filter(is_mock=False).count() == 1
    assert Counter(JournalEntry.objects.values_list("kind", flat=True)) == {
        "deposit.confirmed": 1,
        "deposit.matched": 1,
    }


def test_C01_two_people_at_once_for_one_payment(chain: FakeChain) -> None:
    with asked(chain):
        ann, bob = Desk(1), Desk(2)
        hers, his = ann.offer(), bob.offer()
        paid = chain.pay(ann.address, hers.nonce, hers.fee_wei)
        bury(chain)

        def submit(desk: Desk, quote: Quote) -> Any:
            by = Actor.user(desk.user)
            standing = submitting.submit(**terms(quote), user=desk.user, by=by, tx_hash=paid.tx_hash)
            return standing.purchase and standing.purchase.user_id

        answers = together(
            *[lambda: submit(ann, hers), lambda: submit(bob, his), lambda: submit(bob, hers)] * 2
        )
        assert set(answers) <= {
            None,
            ann.user.pk,
            "DEPOSIT_ALREADY_CLAIMED",
            "DEPOSIT_NOT_FOUND",
            "QUOTE_OF_ANOTHER",
        }
        assert submit(ann, hers) == ann.user.pk
        assert told(bob.submit(his, txHash=paid.tx_hash)) == (409, "DEPOSIT_ALREADY_CLAIMED")
    assert Purchase.objects.get().user == ann.user


def test_C21_eight_requests_of_one_key_act_once(chain: FakeChain) -> None:
    with asked(chain):
        desk = Desk(1)
        quote = desk.offer()
        chain.pay(desk.address, quote.nonce, quote.fee_wei)
        bury(chain)
        answers = together(
            *[lambda: desk.post("audition-fee/submit", repeated(quote), key="one") for _ in range(CONTENDERS)]
        )
        codes = Counter(one.status_code for one in answers)
        assert codes[200] >= 1 and codes[200] + codes[409] == CONTENDERS
        bodies = {one.content for one in answers if one.status_code == 200}
        assert len(bodies) == 1
        assert {told(one)[1] for one in answers if one.status_code == 409} <= {"IDEMPOTENCY_IN_PROGRESS"}
    assert Purchase.objects.count() == 1


@pytest.mark.parametrize("turn", range(4))
def test_C19_a_claim_and_a_refund_at_once(chain: FakeChain, turn: int) -> None:
    with asked(chain):
        desk = Desk(1)
        quote, now = desk.offer(), clock.real_now()
        chain.pay(desk.address, 7, quote.fee_wei)
        bury(chain)
        shop.scan(chain, now=now)
        shop.confirm(chain, now=now)
        deposit, by = Deposit.objects.get(), Actor.user(desk.user)
        said = {"deposit_public_id": deposit.public_id, "quote_public_id": quote.public_id}
        acts = [
            lambda: claims.claim(user=desk.user, by=by, now=now, **said).public_id[:3],
            lambda: refunds.owner_ask(
                deposit=deposit, cause="unmatched", reason="Mine.", by=by, now=now
            ).public_id[:3],
        ]
        answers = together(*(acts if turn % 2 else acts[::-1]), *acts)
    won = Purchase.objects.count(), Refund.objects.count()
    assert won in {(1, 0), (0, 1)}
    assert Counter(answers)["pur" if won[0] else "rfd"] == 1
    assert set(answers) <= {"pur", "rfd", "REFUND_EXISTS", "NOTHING_OWED", "DEPOSIT_ALREADY_CLAIMED"}
