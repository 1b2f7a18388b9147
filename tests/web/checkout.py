"""A player at the checkout: signed in by wallet, with a clone, and a scripted chain that pages and workers read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from eth_account import Account

from apps.clones import services as clones
from apps.economy.models import Quote
from apps.economy.services import chains, confirming, scanning
from apps.economy.types import Vault
from apps.operations import clock
from apps.operations.types import Actor
from tests.economy.world import VAULT, FakeChain

KEY = "0x" + "42" * 32
SIGNING: Vault = replace(VAULT, resolver=Account.from_key(KEY).address.lower())


@dataclass
class Checkout:
    """The owner, the clone, and the chain on which they pay; the wallet is the owner's."""

    owner: Any
    clone: Any
    chain: FakeChain
    address: str

    def quote(self) -> Quote:
        """The latest offer."""
        return Quote.objects.latest("pk")

    def pay(self, quote: Quote | None = None, *, amount: int | None = None, payer: str = "") -> None:
        """Pay an offer in a new block and let the workers see it."""
        found = quote or self.quote()
        self.chain.pay(
            payer or found.wallet_address,
            found.nonce,
            found.fee_wei if amount is None else amount,
            resolver=SIGNING.resolver,
        )
        self.look()

    def bury(self) -> None:
        """Mine as many blocks as make everything final, and let the workers see them."""
        self.chain.mine(SIGNING.confirmations - 1)
        self.look()

    def look(self) -> None:
        """One round of the workers that read the chain."""
        now = clock.real_now()
        scanning.scan(vault=SIGNING, readers=[self.chain], now=now)
        confirming.confirm(vault=SIGNING, readers=[self.chain], now=now, limit=100)


def make_clone(owner: Any, name: str = "Night Owl", *, published: bool = True) -> Any:
    """A free clone of this owner, published unless told otherwise."""
    by, now = Actor.user(owner), clock.now()
    clone = clones.create_clone(owner=owner, name=name, by=by, now=now)
    if published:
        clones.publish(clone=clone, by=by, now=now)
    return clone


def take_payments(settings: Any, monkeypatch: Any) -> FakeChain:
    """Switch payments on, with a scripted chain whose blocks are dated now."""
    settings.VAULTS, settings.RESOLVER_KEY = [asdict(SIGNING)], KEY
    chain = FakeChain(vault=SIGNING, now=clock.real_now())

    @contextmanager
    def opened(vault: Vault, **kwargs: Any) -> Iterator[list[FakeChain]]:
        yield [chain]

    monkeypatch.setattr(chains, "opened", opened)
    return chain
