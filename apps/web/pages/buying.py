"""Taking an offer for an audition from a page: the choice of the form, the wallet of this sign-in, and the chain."""

from typing import Any

from django.http import HttpRequest

from apps.core.errors import InvalidInput
from apps.economy.services import chains, quotes
from apps.operations import clock
from apps.users import queries as users
from apps.users.services import pages
from apps.web.compose.prices import read_choice
from apps.web.pages.doors import person
from apps.web.pages.owned import actor


def offer(request: HttpRequest, **what: str) -> Any:
    """Issue the offer that the form asks for, for the clone in `what`. Raises what the chain and economy raise."""
    choice = read_choice(request.POST.get("choice", ""))
    if choice is None:
        raise InvalidInput("Choose one of the offered prices.", code="CHOICE_UNKNOWN")
    tier, capacity, strength = choice
    return quotes.offer(
        user=person(request),
        wallet_address=_wallet(request),
        chain_id=_chain(request),
        tier=tier,
        asset_capacity=capacity,
        model_strength=strength,
        open_readers=chains.in_time(),
        by=actor(request),
        now=clock.real_now(),
        **what,
    )


def _chain(request: HttpRequest) -> int:
    """The chain that the form names, else the first that payments come through; 0, which has no vault, for nonsense."""
    named = request.POST.get("chain", "")
    if named:
        return int(named) if named.isascii() and named.isdigit() and len(named) < 17 else 0
    vaults = chains.offered()
    return vaults[0].chain_id if vaults else 0


def _wallet(request: HttpRequest) -> str:
    """The wallet of this sign-in, else the person's first; a payment needs one that was proved."""
    session = pages.session_of(request, now=clock.real_now())
    if session is not None:
        return str(session.wallet.address)
    first = users.list_wallets(person(request)).first()
    if first is None:
        raise InvalidInput("Link the wallet that pays to your account first.", code="WALLET_NOT_LINKED")
    return first.address
