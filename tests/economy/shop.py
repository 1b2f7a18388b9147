"""People who pay: a person with a wallet, an offer, a deposit on the scripted chain, a purchase."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from apps.economy.models import Deposit, Finding, Quote
from apps.economy.queries import books
from apps.economy.services import confirming, quotes, scanning
from apps.economy.types import Vault
from apps.operations.audit import Actor
from apps.operations.cadence import Report
from apps.users.services.accounts import create_user, link_wallet
from tests.economy.world import NOW, VAULT, FakeChain
from tests.users.signing import wallet

BY = Actor.system("tests")
SETTING = [asdict(VAULT)]
"""What settings.VAULTS holds where the scripted chain is configured."""


@dataclass(frozen=True, slots=True)
class Player:
    """A person and the address they pay from (lower case); `number` is that of their wallet in tests.users.signing."""

    user: Any
    address: str
    number: int


def player(number: int = 1, *, now: datetime = NOW) -> Player:
    """The person of this number, with the test wallet of the same number linked."""
    user = create_user(username=f"player-{number}", by=BY, now=now)
    address = wallet(number).address.lower()
    link_wallet(user=user, address=address, chain_id=VAULT.chain_id, by=BY, now=now)
    return Player(user, address, number)


def quote_for(
    who: Player,
    chain: FakeChain,
    *,
    clone: Any = None,
    name: str = "",
    tier: str = "starter",
    assets: int = 1,
    strength: str = "light",
    now: datetime = NOW,
) -> Quote:
    """An offer to the person: for their clone, or for a new one of this name ("Trader" and their number by default)."""
    called = name or ("" if clone is not None else f"Trader {who.number}")
    return quotes.issue(
        user=who.user,
        wallet_address=who.address,
        chain_id=chain.vault.chain_id,
        tier=tier,
        asset_capacity=assets,
        model_strength=strength,
        clone_public_id=clone.public_id if clone is not None else "",
        clone_name=called,
        readers=[chain],
        by=Actor.user(who.user),
        now=now,
    )


def scan(*chains: FakeChain, vault: Vault | None = None, now: datetime = NOW) -> Report:
    """One scan of these providers."""
    return scanning.scan(vault=vault or chains[0].vault, readers=chains, now=now)


def confirm(*chains: FakeChain, vault: Vault | None = None, now: datetime = NOW, limit: int = 200) -> Report:
    """One round of confirming with these providers."""
    return confirming.confirm(vault=vault or chains[0].vault, readers=chains, now=now, limit=limit)


def paid(
    quote: Quote, chain: FakeChain, *, amount: int | None = None, payer: str = "", now: datetime = NOW
) -> Deposit:
    """The offer paid in a new block, and seen by a scan; its fee and its wallet unless others are named."""
    chain.pay(payer or quote.wallet_address, quote.nonce, quote.fee_wei if amount is None else amount)
    scan(chain, now=now)
    return Deposit.objects.get(nonce=quote.nonce, payer_address=payer or quote.wallet_address)


def confirmed(
    quote: Quote, chain: FakeChain, *, amount: int | None = None, payer: str = "", now: datetime = NOW
) -> Deposit:
    """As `paid`, and buried under as many blocks as the vault asks for, and settled."""
    deposit = paid(quote, chain, amount=amount, payer=payer, now=now)
    settle([chain], now=now)
    deposit.refresh_from_db()
    return deposit


def settle(chains: Sequence[FakeChain], *, now: datetime = NOW) -> None:
    """Bury what was paid deep enough on every provider, scan, and confirm."""
    for chain in chains:
        chain.mine(chain.vault.confirmations - 1)
    scan(*chains, now=now)
    confirm(*chains, now=now)


def findings() -> list[str]:
    """The kinds of the open findings, in the order of their opening."""
    return list(Finding.objects.filter(closed_at=None).order_by("id").values_list("kind", flat=True))


def second_chain(settings: Any) -> FakeChain:
    """Another configured vault, on chain 4326, after the first one."""
    vault = replace(VAULT, chain_id=4326, address="0x" + "fb" * 20)
    settings.VAULTS = [*SETTING, asdict(vault)]
    return FakeChain(vault=vault, name="main.test", served_chain=4326)


def balances() -> dict[str, int]:
    """What the books of the scripted chain hold, in wei; only books that are not even."""
    return {book: wei for book, wei in books.list_balances(VAULT.chain_id).items() if wei}
