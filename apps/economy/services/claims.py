"""Letting a payment that bought nothing pay an offer after all: its payer asks, or two operators decide."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from apps.core.errors import Conflict, InvalidInput, PermissionRefused
from apps.economy.models import Deposit, Purchase, Quote
from apps.economy.queries import own
from apps.economy.services import settling
from apps.economy.types import QuoteStatus, SightingKind
from apps.operations import audit
from apps.operations.audit import Actor
from apps.operations.second_person import SecondPersonRequired, require_two

LATE_FOR = timedelta(hours=24)
"""How long after an offer ran out a payment for it may still pay it at its payer's wish; later, operators decide."""


def claim(*, user: Any, deposit_public_id: str, quote_public_id: str, by: Actor, now: datetime) -> Purchase:
    """Let a confirmed deposit of one of the user's linked wallets pay an own offer that is open, or the very one that
    it was late for by a day at most.

    That the wallet is linked is the proof: it signed. Raises NotFound for another's deposit or offer, QUOTE_EXPIRED 409,
    and what `settling.match` raises: DEPOSIT_PENDING, DEPOSIT_ALREADY_CLAIMED, REFUND_EXISTS, QUOTE_USED
    409, WRONG_CHAIN and AMOUNT_TOO_LOW 422.
    """
    deposit = own.get_own_deposit(user, deposit_public_id)
    quote = own.get_own_quote(user, quote_public_id)
    # An old price holds for a payment that was under way; it is no store of cheap offers for later ones.
    is_over = now > quote.expires_at and quote.status != QuoteStatus.USED
    if is_over and (quote.nonce != deposit.nonce or not came_in_reach(deposit, quote.expires_at)):
        raise Conflict("That offer ran out; ask for a new one.", code="QUOTE_EXPIRED")
    return settling.match(deposit=deposit, quote=quote, by=by, now=now)


def came_in_reach(deposit: Deposit, expires_at: datetime) -> bool:
    """Whether a deposit was first seen, or its block dated, within a day of the end of its offer."""
    until = expires_at + LATE_FOR
    if deposit.first_seen_at <= until:
        return True
    confirmed = deposit.sightings.filter(kind=SightingKind.CONFIRMED).last()
    told = confirmed.detail.get("blockTime") if confirmed is not None else None
    return told is not None and datetime.fromtimestamp(told, UTC) <= until


@transaction.atomic
def assign(
    *, deposit: Deposit, quote: Quote, reason: str, by: Actor, approved_by: Actor, now: datetime
) -> Purchase:
    """Let a confirmed deposit pay an offer on the word of two operators, whoever paid it; `by` asked.

    Raises PermissionRefused FOUR_EYES_REQUIRED where they are one or one of them would gain, InvalidInput without a
    reason, and what `settling.match` raises.
    """
    said = reason.strip()
    if not said:
        raise InvalidInput("Say why this deposit is to pay this offer.", code="REASON_REQUIRED")
    try:
        require_two(by, approved_by)
    except SecondPersonRequired as one:
        raise PermissionRefused(
            "Who asked for this cannot approve it; another person must.", code="FOUR_EYES_REQUIRED"
        ) from one
    gains = Actor.user(quote.user).identifier
    if gains in (by.identifier, approved_by.identifier):
        raise PermissionRefused("Who gains by this cannot decide about it.", code="FOUR_EYES_REQUIRED")
    purchase = settling.match(deposit=deposit, quote=quote, by=by, now=now)
    detail = {"deposit": deposit.public_id, "quote": quote.public_id, "approvedBy": approved_by.identifier}
    audit.record(
        verb="economy.deposit.assigned", by=by, subject=purchase, reason=said, detail=detail, now=now
    )
    return purchase
