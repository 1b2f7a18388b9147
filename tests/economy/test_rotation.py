"""Another resolver, on the same contract: what was paid to the old one is still read, confirmed, booked and given back."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps as registry
from django.test import override_settings
from eth_account import Account

from apps.core.errors import Conflict
from apps.economy.models import ChainCursor, Deposit, Finding, Refund
from apps.economy.services import chains, confirming, fetching, reconciling, refunds, scanning
from apps.economy.types import DepositStatus, RefundCause, RefundStatus
from tests.economy import giving_back as gb
from tests.economy import shop
from tests.economy.world import NOW, FakeChain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_agrees")]

KEY = "0x" + "43" * 32
OLD = replace(gb.VAULT, closed=True)
NEW = replace(gb.VAULT, resolver=Account.from_key(KEY).address.lower())


@pytest.fixture
def chain() -> Iterator[FakeChain]:
    with gb.configured():
        yield gb.make_chain()


@pytest.fixture
def rotated() -> Iterator[None]:
    with override_settings(VAULTS=[asdict(OLD), asdict(NEW)], RESOLVER_KEY=f"{gb.KEY},{KEY}"):
        yield


def tick(chain: FakeChain) -> None:
    for vault in (OLD, NEW):
        reader = replace(chain, vault=vault)
        assert scanning.scan(vault=vault, readers=[reader], now=NOW).failed == 0
        assert confirming.confirm(vault=vault, readers=[reader], now=NOW, limit=9).failed == 0


def reconcile(chain: FakeChain) -> None:
    for vault in (OLD, NEW):
        reconciling.reconcile(vault=vault, readers=[replace(chain, vault=vault)], now=gb.LATER)


def test_payments_of_both_resolvers_count_and_nothing_is_missing(chain: FakeChain, rotated: None) -> None:
    gb.paid(chain, 5)
    chain.pay(gb.PAYER, 6, 10**15, resolver=OLD.resolver)
    gb.look(chain)  # the second one waits for confirmations when the resolver is changed
    chain.pay(gb.PAYER, 7, 3 * 10**15, resolver=NEW.resolver)
    chain.mine(6)
    for _ in range(2):
        tick(chain)
        chain.mine(1)
    assert set(Deposit.objects.values_list("resolver", "nonce", "status")) == {
        (OLD.resolver, 5, DepositStatus.CONFIRMED),
        (OLD.resolver, 6, DepositStatus.CONFIRMED),
        (NEW.resolver, 7, DepositStatus.CONFIRMED),
    }
    assert ChainCursor.objects.count() == 2
    reconcile(chain)
    assert set(Finding.objects.filter(closed_at=None).values_list("kind", flat=True)) == {"orphan_deposit"}


def test_what_the_old_resolver_signed_is_paid_and_what_it_owes_is_signed_by_its_own_key(
    chain: FakeChain, rotated: None
) -> None:
    first, second = (
        refunds.ask(
            deposit=gb.paid(chain, number),
            cause=RefundCause.UNMATCHED,
            reason="x",
            by=gb.acting("ann"),
            now=NOW,
        )
        for number in (5, 6)
    )
    signed = refunds.approve(refund=first, by=gb.acting("bob"), now=NOW)
    late = refunds.approve(refund=second, by=gb.acting("bob"), now=NOW)
    assert (signed.resolver, late.status) == (OLD.resolver, RefundStatus.SIGNED)
    chain.batch(
        [(signed.payee_address, signed.nonce, signed.amount_wei)], name="Withdrawal", resolver=OLD.resolver
    )
    assert late.deadline_at is not None
    gb.passed(chain, late.deadline_at)
    tick(chain)
    for vault in (OLD, NEW):
        fetching.watch(
            vault=vault, readers=[replace(chain, vault=vault)], now=late.deadline_at + timedelta(minutes=1)
        )
    states = dict(Refund.objects.values_list("deposit__nonce", "status"))
    assert states == {5: RefundStatus.PAID, 6: RefundStatus.EXPIRED}
    reconcile(chain)
    assert "balance" not in set(Finding.objects.filter(closed_at=None).values_list("kind", flat=True))


def test_new_offers_name_the_new_resolver_and_old_ones_are_still_known(
    chain: FakeChain, rotated: None
) -> None:
    assert chains.offered() == [NEW] and chains.get_vault(NEW.chain_id) == NEW
    offer = shop.quote_for(shop.player(), replace(chain, vault=NEW))
    assert offer.resolver == NEW.resolver
    old = chains.get_vault_of(chain_id=OLD.chain_id, address=OLD.address, resolver=OLD.resolver)
    assert old == OLD
    with pytest.raises(Conflict) as refused:
        chains.get_vault_of(chain_id=OLD.chain_id, address=OLD.address, resolver="0x" + "77" * 20)
    assert refused.value.code == "VAULT_REPLACED"


def test_a_resolver_that_was_left_out_keeps_nobody_from_paying_the_new_one(chain: FakeChain) -> None:
    gb.paid(chain, 5)
    with override_settings(VAULTS=[asdict(NEW)], RESOLVER_KEY=KEY):
        chain.pay(gb.PAYER, 7, 10**15, resolver=NEW.resolver)
        chain.mine(6)
        reader = replace(chain, vault=NEW)
        assert scanning.scan(vault=NEW, readers=[reader], now=NOW).failed == 0
        assert confirming.confirm(vault=NEW, readers=[reader], now=NOW, limit=9).done == 1
        reconciling.reconcile(vault=NEW, readers=[reader], now=NOW)
        assert set(Finding.objects.filter(closed_at=None).values_list("kind", flat=True)) == {
            "orphan_deposit"
        }


def test_cursors_of_before_are_given_the_resolver_that_was_paid(chain: FakeChain) -> None:
    gb.paid(chain, 5)
    ChainCursor.objects.update(resolver="", head_at=None)
    nothing = ChainCursor.objects.create(chain_id=99, vault=OLD.address, resolver="", scanned_to=40)
    step = import_module("apps.economy.migrations.0005_cursors_of_resolvers")
    step.name_resolvers(registry, None)
    cursor = ChainCursor.objects.get()
    assert (cursor.resolver, cursor.head_at, cursor.chain_id) == (OLD.resolver, NOW, OLD.chain_id)
    assert cursor.pk != nothing.pk
