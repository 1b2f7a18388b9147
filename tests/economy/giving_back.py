"""A vault whose resolver can sign, people who decide, and payments on a scripted chain that are owed back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.test import override_settings
from eth_account import Account

from apps.clones.services.clones import create_clone
from apps.competition.models import RefundAuthorisation
from apps.competition.types import RefundDecision
from apps.economy.models import Deposit, Purchase, Quote
from apps.economy.services import confirming, fetching, scanning
from apps.economy.types import RefundCause, Vault
from apps.operations.audit import Actor
from apps.users.models import LinkedWallet
from tests.economy.rows import BY, FEE, RULES
from tests.economy.world import NOW, FakeChain
from tests.economy.world import VAULT as ANY_VAULT

KEY = "0x" + "42" * 32
VAULT: Vault = replace(ANY_VAULT, resolver=Account.from_key(KEY).address.lower())
PAYER = "0x" + "ab" * 20
SURPLUS, UNMATCHED = RefundCause.SURPLUS, RefundCause.UNMATCHED
LATER = NOW + timedelta(minutes=5)


@contextmanager
def configured(vault: Vault = VAULT, key: str = KEY) -> Iterator[None]:
    """While it lasts, this vault takes payments and its resolver signs."""
    with override_settings(VAULTS=[asdict(vault)], RESOLVER_KEY=key):
        yield


def make_chain() -> FakeChain:
    """A chain whose vault is the resolver's."""
    return FakeChain(vault=VAULT)


def person(name: str, *, wallet: str = "") -> Any:
    """A user of that name, with that wallet where one is given."""
    user, _ = get_user_model().objects.get_or_create(username=name)
    if wallet:
        LinkedWallet.objects.get_or_create(
            address=wallet, defaults={"user": user, "chain_id": VAULT.chain_id, "linked_at": NOW}
        )
    return user


def acting(name: str) -> Actor:
    """The person of that name as who acts."""
    return Actor.user(person(name))


def offered(nonce: int, *, payer: str = PAYER, now: datetime = NOW) -> Quote:
    """An offer at FEE under the number, for a clone of its own."""
    clone = create_clone(owner=person("owner"), name=f"Bought {nonce % 10**6}", is_paid=True, by=BY, now=now)
    return Quote.objects.create(
        user=clone.owner,
        wallet_address=payer,
        chain_id=VAULT.chain_id,
        vault=VAULT.address,
        resolver=VAULT.resolver,
        nonce=nonce,
        tier="starter",
        asset_capacity=2,
        model_strength="light",
        fee_wei=FEE,
        rulebook_digest=RULES,
        clone=clone,
        from_block=0,
        issued_at=now,
        expires_at=now + timedelta(hours=1),
    )


def paid(
    chain: FakeChain, nonce: int, amount_wei: int = FEE, *, payer: str = PAYER, now: datetime = NOW
) -> Deposit:
    """A payment that is on the chain, final, seen and settled."""
    chain.pay(payer, nonce, amount_wei, resolver=VAULT.resolver)
    chain.mine(VAULT.confirmations)
    look(chain, now=now)
    return Deposit.objects.get(nonce=nonce, payer_address=payer)


def look(*chains: FakeChain, now: datetime = NOW) -> None:
    """Scan and confirm as the workers do."""
    scanning.scan(vault=VAULT, readers=list(chains), now=now)
    confirming.confirm(vault=VAULT, readers=list(chains), now=now, limit=100)


def watch(*chains: FakeChain, now: datetime = LATER) -> Any:
    """One look at what was fetched, after a scan."""
    scanning.scan(vault=VAULT, readers=list(chains), now=now)
    return fetching.watch(vault=VAULT, readers=list(chains), now=now)


def bought(chain: FakeChain, nonce: int, *, extra_wei: int = 0, now: datetime = NOW) -> Purchase:
    """A purchase that its payer made on the chain."""
    offered(nonce, now=now)
    return Purchase.objects.get(deposit=paid(chain, nonce, FEE + extra_wei, now=now))


def let_go(purchase: Purchase) -> RefundAuthorisation:
    """Competition's word that the purchase may be given back, by ann and bob; the grant is withdrawn with it."""
    entitlement = purchase.entitlement
    entitlement.revoked_at, entitlement.revoked_reason = NOW, "refund asked"
    entitlement.save(update_fields=["revoked_at", "revoked_reason"])
    return RefundAuthorisation.objects.create(
        entitlement=entitlement,
        reason="the arena was down",
        status=RefundDecision.AUTHORISED,
        asked_by=person("ann"),
        asked_at=NOW,
        decided_by=person("bob"),
        decided_at=NOW,
        decision_reason="agreed",
    )


def passed(chain: FakeChain, moment: datetime) -> None:
    """Let blocks be mined until the newest final one is dated after the moment."""
    after = int((moment - chain.now).total_seconds()) + 1
    chain.now += timedelta(seconds=max(0, after))
    chain.mine(VAULT.confirmations + 1)
