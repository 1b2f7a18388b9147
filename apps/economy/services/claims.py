"""Letting a payment that bought nothing pay an offer after all: its payer asks, or two operators decide."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.core.errors import Conflict, InvalidInput, PermissionRefused
from apps.economy.models import Deposit, Purchase, Quote
from apps.economy.queries import own
from apps.economy.services import settling
from apps.economy.types import QuoteStatus
from apps.operations import audit
from apps.operations.audit import Actor
from apps.operations.second_person import SecondPersonRequired, require_two


def claim(*, user: Any, deposit_public_id: str, quote_public_id: str, by: Actor, now: datetime) -> Purchase:
    """Let a confirmed deposit of one of the user's linked wallets pay an own offer that is open, or the very one that
    it was late for.

    That the wallet is linked is the proof: it signed. Raises NotFound for another's deposit or offer, QUOTE_EXPIRED 409,
    and what `settling.match` raises: DEPOSIT_PENDING, DEPOSIT_ALREADY_CLAIMED, REFUND_EXISTS, QUOTE_USED and WRONG_CHAIN
    409, AMOUNT_TOO_LOW 422.
    """
    deposit = own.get_own_deposit(user, deposit_public_id)
    quote = own.get_own_quote(user, quote_public_id)
    # An old price holds for whoever paid under it; it is no store of cheap offers for any other payment.
    if now > quote.expires_at and quote.status != QuoteStatus.USED and quote.nonce != deposit.nonce:
        raise Conflict("That offer ran out; ask for a new one.", code="QUOTE_EXPIRED")
    return settling.match(deposit=deposit, quote=quote, by=by, now=now)


@transaction.atomic
def assign(
    *, deposit: Deposit, quote: Quote, reason: str, by: Actor, approved_by: Actor, now: datetime
) -> Purchase:
    """Let a confirmed deposit pay an offer on the word of two operators, whoever paid it; `by` asked.

    Raises PermissionRefused FOUR_EYES_REQUIRED where they are one, InvalidInput without a reason, and what
    `settling.match` raises.
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
    purchase = settling.match(deposit=deposit, quote=quote, by=by, now=now)
    detail = {"deposit": deposit.public_id, "quote": quote.public_id, "approvedBy": approved_by.identifier}
    audit.record(
        verb="economy.deposit.assigned", by=by, subject=purchase, reason=said, detail=detail, now=now
    )
    return purchase
