"""C14: a process killed anywhere between the chain and the grant; the next one finds all of it or nothing, and ends it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.clones.models import Clone, Entitlement
from apps.economy.models import ChainCursor, Deposit, JournalEntry, Purchase, Quote
from apps.economy.services import settling
from apps.operations import failpoints, invariants
from tests.economy import shop
from tests.economy.world import VAULT, FakeChain
from tests.trading.kills import forks
from tests.trading.kills.points import PAYMENTS
from tests.trading.kills.stores import Stores

pytestmark = pytest.mark.django_db(transaction=True)

Act = Callable[[], Any]
SCANNING = PAYMENTS[:2]
SETTLING = PAYMENTS[2:9]
REVERSING = (PAYMENTS[0], *PAYMENTS[9:], PAYMENTS[1])
BUYING = PAYMENTS[4:7]


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    made = Stores(tmp_path)
    yield made
    made.close()


def tell_all(tell: forks.Tell) -> None:
    """How everything stands, with what the invariants of economy say."""
    checks = [each for each in invariants.registered() if each.check.__module__.startswith("apps.economy.")]
    tell(
        scans=sum(ChainCursor.objects.values_list("version", flat=True)),
        deposits=sorted(Deposit.objects.values_list("status", flat=True)),
        unmatched=sorted(
            Deposit.objects.exclude(unmatched_reason="").values_list("unmatched_reason", flat=True)
        ),
        quotes=sorted(Quote.objects.values_list("status", flat=True)),
        purchases=sorted(Purchase.objects.values_list("status", flat=True)),
        grants=Entitlement.objects.filter(is_mock=False, revoked_at=None).count(),
        withdrawn=Entitlement.objects.filter(is_mock=False).exclude(revoked_at=None).count(),
        clones=Clone.objects.count(),
        entries=JournalEntry.objects.count(),
        broken=[fault for each in checks for fault in each.check()],
    )


def run(stores: Stores, point: str, act: Act, *, hits: int = 1) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the next process finds when one was killed at the point, and what it leaves when it has done the act twice."""

    def killed(_: forks.Tell) -> None:
        failpoints.arm(point, hits=hits)
        act()

    def again(tell: forks.Tell) -> None:
        tell_all(tell)
        act()
        act()
        tell_all(tell)

    database = stores.copy_tests()
    assert forks.run(database, killed).killed
    found, repaired = forks.run(database, again).told
    assert found.pop("broken") == repaired.pop("broken") == []
    return found, repaired


@pytest.mark.parametrize("point", SCANNING)
def test_c14_killed_while_a_deposit_is_written(stores: Stores, chain: FakeChain, point: str) -> None:
    quote = shop.quote_for(shop.player(), chain)
    shop.scan(chain)
    chain.pay(quote.wallet_address, quote.nonce, quote.fee_wei)
    found, repaired = run(stores, point, lambda: shop.scan(chain))
    assert (found["scans"], found["deposits"]) == (1, [])
    assert (repaired["scans"], repaired["deposits"]) == (3, ["pending"])


@pytest.mark.parametrize("point", SETTLING)
def test_c14_killed_between_the_proof_and_the_grant(stores: Stores, chain: FakeChain, point: str) -> None:
    shop.paid(shop.quote_for(shop.player(), chain), chain)
    chain.mine(VAULT.confirmations)
    found, repaired = run(stores, point, lambda: shop.confirm(chain))
    assert (found["deposits"], found["quotes"], found["purchases"]) == (["pending"], ["open"], [])
    assert (found["grants"], found["clones"], found["entries"]) == (0, 0, 0)
    assert (repaired["deposits"], repaired["quotes"]) == (["confirmed"], ["used"])
    assert (repaired["purchases"], repaired["grants"]) == (["confirmed"], 1)
    assert (repaired["clones"], repaired["entries"]) == (1, 2)


def test_c14_killed_between_two_deposits_keeps_the_first(stores: Stores, chain: FakeChain) -> None:
    for number in (1, 2):
        shop.paid(shop.quote_for(shop.player(number), chain), chain)
    chain.mine(VAULT.confirmations)
    found, repaired = run(stores, "economy.before-settle-commit", lambda: shop.confirm(chain), hits=2)
    assert (found["deposits"], found["grants"], found["entries"]) == (["confirmed", "pending"], 1, 2)
    assert (repaired["deposits"], repaired["grants"], repaired["entries"]) == (["confirmed"] * 2, 2, 4)


@pytest.mark.parametrize("point", REVERSING)
def test_c14_killed_while_a_deposit_is_reversed(stores: Stores, chain: FakeChain, point: str) -> None:
    shop.confirmed(shop.quote_for(shop.player(), chain), chain)
    chain.reorg(VAULT.confirmations, keep=True)
    found, repaired = run(stores, point, lambda: shop.scan(chain))
    # What has left is taken off before the cursor moves: whole or not at all, and once, whenever the scan was killed.
    status = "confirmed" if point in PAYMENTS[9:] else "reversed"
    assert (found["deposits"], found["purchases"]) == ([status], [status])
    assert (found["grants"], found["entries"]) == ((1, 2) if status == "confirmed" else (0, 3))
    assert (repaired["deposits"], repaired["purchases"]) == (["pending"], ["reversed"])
    assert (repaired["grants"], repaired["withdrawn"], repaired["entries"]) == (0, 1, 3)


@pytest.mark.parametrize("point", sorted(set(SETTLING) - set(BUYING)))
def test_c14_killed_while_a_deposit_is_restored(stores: Stores, chain: FakeChain, point: str) -> None:
    shop.confirmed(shop.quote_for(shop.player(), chain), chain)
    chain.reorg(VAULT.confirmations, keep=True)
    shop.scan(chain)
    found, repaired = run(stores, point, lambda: shop.confirm(chain))
    assert (found["purchases"], found["grants"], found["entries"]) == (["reversed"], 0, 3)
    assert (repaired["purchases"], repaired["grants"], repaired["withdrawn"]) == (["confirmed"], 1, 0)
    assert (repaired["clones"], repaired["entries"]) == (1, 5)


@pytest.mark.parametrize("point", BUYING)
def test_c14_killed_while_a_deposit_is_claimed(stores: Stores, chain: FakeChain, point: str) -> None:
    who = shop.player()
    deposit = shop.confirmed(shop.quote_for(who, chain), chain, payer="0x" + "0a" * 20)
    quote = shop.quote_for(who, chain, name="Second")

    def claim() -> None:
        if not Purchase.objects.exists():
            settling.match(deposit=deposit, quote=quote, by=shop.BY, now=quote.issued_at)

    found, repaired = run(stores, point, claim)
    assert (found["unmatched"], found["purchases"], found["grants"]) == (["OTHER_PAYER"], [], 0)
    assert (repaired["unmatched"], repaired["purchases"], repaired["grants"]) == ([], ["confirmed"], 1)
    assert (repaired["quotes"], repaired["entries"]) == (["open", "used"], 4)
