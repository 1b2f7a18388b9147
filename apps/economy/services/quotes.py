"""Offers: what an audition costs one person, payable under one number until it runs out."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from apps.clones import graph
from apps.clones import queries as clone_queries
from apps.clones import services as clones
from apps.clones.graph import LIMITS
from apps.clones.types import AUDITION_FEES_WEI, CloneStatus
from apps.competition.services import rulebooks
from apps.core import limits, states
from apps.core.errors import AdapterError, Conflict, IllegalTransition, InvalidInput, PermissionRefused
from apps.core.limits import RateLimited
from apps.economy.adapters.chain.port import ChainReader
from apps.economy.models import Quote
from apps.economy.services import chains, tips
from apps.economy.types import QUOTE_TRANSITIONS, QuoteStatus, Vault
from apps.operations import audit
from apps.operations.audit import Actor
from apps.operations.cadence import Report
from apps.users import queries as users

LASTS = timedelta(minutes=30)
OPEN_AT_ONCE = 20
NUMBER_BITS = 128
RATE = "30/minute"  # each asks the chain


def price(*, tier: str, asset_capacity: int, model_strength: str) -> int:
    """The fee in wei. Raises InvalidInput for a tier, a strength or a number of assets that is not on offer."""
    fees = AUDITION_FEES_WEI.get(model_strength, {})
    if tier not in fees:
        raise InvalidInput("Name a known tier and a known model strength.", code="TERMS_INVALID")
    most = LIMITS[tier].active_assets
    if not 1 <= asset_capacity <= most:
        raise InvalidInput(f"The {tier} tier trades 1 to {most} assets.", code="ASSET_CAPACITY_INVALID")
    return fees[tier]


def offer(
    *, user: Any, chain_id: int, open_readers: chains.OpenReaders, by: Actor, now: datetime, **wanted: Any
) -> Quote:
    """`issue` for a request of a person: who asks too often, or hoards, is refused before the chain is asked."""
    limits.take("economy.quote", str(user.pk), rate=RATE)
    vault = chains.get_vault(chain_id)
    _refuse_hoards(user, now)
    with open_readers(vault) as readers:
        return issue(user=user, chain_id=vault.chain_id, readers=readers, by=by, now=now, **wanted)


def issue(
    *,
    user: Any,
    wallet_address: str,
    chain_id: int,
    tier: str,
    asset_capacity: int,
    model_strength: str,
    clone_public_id: str = "",
    clone_name: str = "",
    clone_description: str = "",
    readers: Sequence[ChainReader],
    by: Actor,
    now: datetime,
) -> Quote:
    """Offer an audition for half an hour: for one of the user's clones, or for one that the payment creates.

    The fee, the offered rulebook and the payer are pinned. Raises PaymentsOff and ChainUnavailable (503), WrongChain,
    PermissionRefused WALLET_NOT_LINKED, what `price` refuses, Conflict CLONE_RETIRED, NAME_TAKEN or GRANT_TOO_SMALL,
    NotFound for somebody else's clone, InvalidInput CLONE_REQUIRED or an impossible name, RateLimited beyond 20 open offers.
    """
    vault = chains.get_vault(chain_id)
    fee = price(tier=tier, asset_capacity=asset_capacity, model_strength=model_strength)
    if not users.list_wallets(user).filter(address=wallet_address.lower()).exists():
        raise PermissionRefused("Pay from a wallet that is linked to you.", code="WALLET_NOT_LINKED")
    bought_for = _bought_for(user, clone_public_id, clone_name, clone_description)
    _refuse_too_small(bought_for.get("clone"), tier)
    rulebook = rulebooks.offered(now=now)
    from_block = _height(vault, readers, now)
    with transaction.atomic():
        # Waiting for the person's row makes two requests of one person take turns; foreign keys to it stay free.
        get_user_model()._default_manager.select_for_update(no_key=True).get(pk=user.pk)
        _refuse_hoards(user, now)
        quote = Quote.objects.create(
            user=user,
            wallet_address=wallet_address.lower(),
            chain_id=vault.chain_id,
            vault=vault.address,
            resolver=vault.resolver,
            nonce=secrets.randbits(NUMBER_BITS),
            tier=tier,
            asset_capacity=asset_capacity,
            model_strength=model_strength,
            fee_wei=fee,
            rulebook_digest=rulebook.digest,
            from_block=from_block,
            issued_at=now,
            expires_at=now + LASTS,
            **bought_for,
        )
        detail = {"feeWei": str(fee), "tier": tier, "modelStrength": model_strength}
        audit.record(verb="economy.quote.issued", by=by, subject=quote, detail=detail, now=now)
    return quote


def expire_due(*, now: datetime, limit: int) -> Report:
    """End the open offers that ran out; one whose payment is still on its way in time is used all the same."""
    due = list(
        Quote.objects.filter(status=QuoteStatus.OPEN, expires_at__lte=now).order_by("expires_at")[:limit]
    )
    ended = 0
    for quote in due:
        try:
            states.advance(quote, to=QuoteStatus.EXPIRED, table=QUOTE_TRANSITIONS)
            ended += 1
        except IllegalTransition:
            continue  # it was used at this very moment
    return Report(seen=len(due), done=ended, skipped=len(due) - ended)


def _bought_for(user: Any, public_id: str, name: str, description: str) -> dict[str, Any]:
    """The clone that is bought for, or the profile of the one that is created, as columns of the offer."""
    if bool(public_id) == bool(name):
        raise InvalidInput("Name one of your clones, or how a new one is called.", code="CLONE_REQUIRED")
    if name:
        # Held by nobody until it is paid: a name that is taken meanwhile leaves the deposit unmatched.
        free, words = clones.check_profile(name=name, description=description)
        return {"clone_name": free, "clone_description": words}
    clone = clone_queries.get_owned_clone(public_id, owner=user)
    if clone.status != CloneStatus.LIVE:
        raise Conflict(f"This clone is {clone.status} and cannot audition.", code="CLONE_RETIRED")
    return {"clone": clone}


def _refuse_too_small(clone: Any, tier: str) -> None:
    """Sell no audition that could not begin: the tier must allow what the clone has published, where it has."""
    version = clone_queries.active_version(clone) if clone is not None else None
    faults = graph.exceeded(clone_queries.compiled(version), tier=tier) if version is not None else []
    if faults:
        raise Conflict(f"What is published {faults[0].message}.", code="GRANT_TOO_SMALL")


def _height(vault: Vault, readers: Sequence[ChainReader], now: datetime) -> int:
    try:
        return tips.abreast(vault, readers, now=now)[0].head.number
    except AdapterError as error:
        raise chains.ChainUnavailable(error.detail) from error


def _refuse_hoards(user: Any, now: datetime) -> None:
    standing = Quote.objects.filter(user_id=user.pk, status=QuoteStatus.OPEN, expires_at__gt=now)
    if standing.count() >= OPEN_AT_ONCE:
        soonest = min(standing.values_list("expires_at", flat=True))
        raise RateLimited(retry_after=max(1, int((soonest - now).total_seconds())))
