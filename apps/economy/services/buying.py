"""Turning an offer and the deposit that pays it into a purchase: the offer used, the clone, the grant; no booking."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.clones import queries as clone_queries
from apps.clones import services as clones
from apps.clones.types import ENDED
from apps.core import states
from apps.core.errors import Conflict, DomainError, IllegalTransition, InvalidInput
from apps.economy.models import Deposit, Purchase, Quote
from apps.economy.services.chains import WrongChain
from apps.economy.types import QUOTE_TRANSITIONS, QuoteStatus, UnmatchedReason
from apps.operations import audit, clock, failpoints
from apps.operations.audit import Actor


def try_to_buy(*, quote: Quote, deposit: Deposit, by: Actor, now: datetime) -> Purchase | UnmatchedReason:
    """The purchase, or why there is none: what the rules refuse leaves nothing behind and is no error."""
    if quote.status == QuoteStatus.USED:
        return UnmatchedReason.QUOTE_USED
    if deposit.amount_wei < quote.fee_wei:
        return UnmatchedReason.TOO_LOW
    try:
        with transaction.atomic():
            return buy(quote=quote, deposit=deposit, by=by, now=now)
    except DomainError as refused:
        detail = {"code": refused.code, "why": refused.detail}
        audit.record(verb="economy.quote.not-granted", by=by, subject=quote, detail=detail, now=now)
        return UnmatchedReason.NOT_GRANTABLE


@transaction.atomic
def buy(*, quote: Quote, deposit: Deposit, by: Actor, now: datetime) -> Purchase:
    """Use the offer up and give what it names. The caller holds both rows' locks and books the money.

    Raises Conflict QUOTE_USED or CLONE_RETIRED, InvalidInput WRONG_CHAIN or AMOUNT_TOO_LOW, and what clones refuses.
    """
    if (quote.chain_id, quote.vault) != (deposit.chain_id, deposit.vault):
        raise WrongChain("The deposit was made into another vault than the offer names.")
    if deposit.amount_wei < quote.fee_wei:
        raise InvalidInput(
            f"The deposit is {deposit.amount_wei} wei; the offer asks for {quote.fee_wei}.",
            code="AMOUNT_TOO_LOW",
        )
    try:
        states.advance(quote, to=QuoteStatus.USED, table=QUOTE_TRANSITIONS, used_at=now)
    except IllegalTransition as used:
        raise Conflict("This offer was used already.", code="QUOTE_USED") from used
    clone = _clone(quote, by=by, now=now)
    failpoints.reach("economy.after-clone")
    entitlement = clones.grant_entitlement(
        clone=clone,
        tier=quote.tier,
        model_strength=quote.model_strength,
        is_mock=False,
        source=f"purchase:{quote.public_id}",
        terms_digest=quote.rulebook_digest,
        by=by,
        now=clock.market_of(now),
    )
    failpoints.reach("economy.after-grant")
    purchase = Purchase.objects.create(
        quote=quote,
        deposit=deposit,
        user_id=quote.user_id,
        clone=clone,
        entitlement=entitlement,
        chain_id=quote.chain_id,
        resolver=quote.resolver,
        # The offer's number, not the deposit's: anybody may pay under any number, an offer's is its own.
        nonce=quote.nonce,
        fee_wei=quote.fee_wei,
        surplus_wei=deposit.amount_wei - quote.fee_wei,
        made_at=now,
    )
    detail = {
        "quote": quote.public_id,
        "deposit": deposit.public_id,
        "clone": clone.public_id,
        "feeWei": str(quote.fee_wei),
    }
    audit.record(verb="economy.purchase.made", by=by, subject=purchase, detail=detail, now=now)
    failpoints.reach("economy.after-purchase")
    return purchase


def _clone(quote: Quote, *, by: Actor, now: datetime) -> Any:
    """What the offer buys for: its clone as it is now, or the one that the payment creates."""
    if quote.clone is None:
        return clones.create_clone(
            owner=quote.user,
            name=quote.clone_name,
            description=quote.clone_description,
            is_paid=True,
            by=by,
            now=clock.market_of(now),
        )
    clone = clone_queries.get_clone(quote.clone.public_id)
    if clone.status in ENDED:
        raise Conflict("The clone that the offer names is retired.", code="CLONE_RETIRED")
    return clone
