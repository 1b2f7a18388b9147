"""Payments as those who make them read them: an offer, what was paid for it, and what became of that."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, TextChoices

from apps.core.errors import NotFound
from apps.economy.models import ChainCursor, Deposit, Purchase, Quote
from apps.economy.types import ETH, DepositStatus, PurchaseStatus, QuoteStatus


class PaymentState(TextChoices):
    """Where a payment stands; derived from the offer, its deposit and its purchase, stored nowhere."""

    OPEN = "open", "May be paid"
    EXPIRED = "expired", "Ran out unpaid"
    CONFIRMING = "confirming", "Waits for confirmations"
    SETTLING = "settling", "Confirmed, not yet booked"
    DROPPED = "dropped", "Gone before it was confirmed"
    UNMATCHED = "unmatched", "Confirmed, and bought nothing"
    BOUGHT = "bought", "Bought"
    REVERSED = "reversed", "Left the chain after it was confirmed"
    REFUNDED = "refunded", "Given back"


_PAYABLE = frozenset({PaymentState.OPEN, PaymentState.DROPPED, PaymentState.REVERSED})
"""While the offer holds, what left the chain may be paid again: the vault takes one payment of a wallet and a number."""


@dataclass(frozen=True, slots=True)
class PaidIn:
    """A deposit as its payer reads it; `depth` counts the blocks from its own to the newest known one, 0 off the chain."""

    public_id: str
    chain_id: int
    payer_address: str
    amount_wei: int
    tx_hash: str
    block_number: int
    depth: int
    unmatched_reason: str
    first_seen_at: datetime
    nonce: int


@dataclass(frozen=True, slots=True)
class Payment:
    """One offer with what came of it: of its own wallet's deposit, or of the one that was let pay it.

    `clone_public_id` is empty while the clone is still to be created; `is_payable` says that its wallet may pay now.
    """

    quote_id: str
    state: PaymentState
    is_payable: bool
    clone_public_id: str
    clone_name: str
    clone_description: str
    tier: str
    asset_capacity: int
    model_strength: str
    fee_wei: int
    chain_id: int
    vault: str
    resolver: str
    nonce: int
    wallet_address: str
    rulebook_digest: str
    issued_at: datetime
    expires_at: datetime
    deposit: PaidIn | None
    purchase_id: str
    entitlement_id: int | None
    surplus_wei: int


def get_payment(*, user: Any, quote_id: str, now: datetime) -> Payment:
    """The user's own offer of this id with what came of it; NotFound for any other."""
    quote = _quotes(user).filter(public_id=quote_id).first()
    if quote is None:
        raise NotFound("There is no such offer.", code="QUOTE_NOT_FOUND")
    return _payments([quote], now=now)[0]


def list_payments(*, user: Any, now: datetime, clone: Any = None, limit: int = 50) -> list[Payment]:
    """The user's offers, newest first, of one clone where given; both those for it and the one that created it."""
    chosen = _quotes(user)
    if clone is not None:
        chosen = chosen.filter(Q(clone=clone) | Q(purchase__clone=clone))
    return _payments(chosen[:limit], now=now)


def list_beside(payment: Payment, *, limit: int = 3) -> list[PaidIn]:
    """What other wallets than the offer's paid under its number and did not buy it, oldest first."""
    found = Deposit.objects.filter(
        chain_id=payment.chain_id, vault=payment.vault, resolver=payment.resolver, nonce=payment.nonce
    ).exclude(payer_address=payment.wallet_address)
    if payment.deposit is not None:
        found = found.exclude(public_id=payment.deposit.public_id)
    rows = list(found.order_by("id")[:limit])
    heads = _heads(rows)
    return [_paid_in(one, heads) for one in rows]


def list_strays(*, addresses: Collection[str], limit: int = 50) -> list[PaidIn]:
    """Confirmed deposits of these wallets that bought nothing and belong to nobody's offer, newest first."""
    found = Deposit.objects.filter(
        payer_address__in=[address.lower() for address in addresses], status=DepositStatus.CONFIRMED
    ).exclude(unmatched_reason="")
    offered = {
        (quote.chain_id, quote.resolver, quote.nonce, quote.wallet_address)
        for quote in Quote.objects.filter(nonce__in=[one.nonce for one in found])
    }
    strays = [
        one
        for one in found[:limit]
        if (one.chain_id, one.resolver, one.nonce, one.payer_address) not in offered
    ]
    heads = _heads(strays)
    return [_paid_in(one, heads) for one in strays]


def _quotes(user: Any) -> QuerySet[Quote]:
    return Quote.objects.filter(user=user).select_related("clone", "purchase__clone", "purchase__deposit")


def _payments(quotes: Iterable[Quote], *, now: datetime) -> list[Payment]:
    listed = list(quotes)
    # Anybody may pay under an offer's number: what others pay neither stands for it nor costs to pass over.
    paid = Deposit.objects.filter(
        nonce__in=[quote.nonce for quote in listed],
        payer_address__in={quote.wallet_address for quote in listed},
        token=ETH,
    )
    deposits = {(one.chain_id, one.vault, one.resolver, one.nonce, one.payer_address): one for one in paid}
    bought = [quote.purchase.deposit for quote in listed if hasattr(quote, "purchase")]
    heads = _heads([*deposits.values(), *bought])
    return [_payment(quote, deposits.get(_payer_of(quote)), heads, now=now) for quote in listed]


def _payer_of(quote: Quote) -> tuple[int, str, str, int, str]:
    return quote.chain_id, quote.vault, quote.resolver, quote.nonce, quote.wallet_address


def _payment(
    quote: Quote, own: Deposit | None, heads: dict[tuple[int, str], int], *, now: datetime
) -> Payment:
    purchase: Purchase | None = getattr(quote, "purchase", None)
    deposit = purchase.deposit if purchase else own
    state = _state(quote, deposit, purchase, now=now)
    is_its_own = deposit is None or deposit.payer_address == quote.wallet_address
    clone = purchase.clone if purchase else quote.clone
    return Payment(
        quote_id=quote.public_id,
        state=state,
        is_payable=state in _PAYABLE and is_its_own and now <= quote.expires_at,
        clone_public_id=clone.public_id if clone else "",
        clone_name=clone.name if clone else quote.clone_name,
        clone_description="" if clone else quote.clone_description,
        tier=quote.tier,
        asset_capacity=quote.asset_capacity,
        model_strength=quote.model_strength,
        fee_wei=quote.fee_wei,
        chain_id=quote.chain_id,
        vault=quote.vault,
        resolver=quote.resolver,
        nonce=quote.nonce,
        wallet_address=quote.wallet_address,
        rulebook_digest=quote.rulebook_digest,
        issued_at=quote.issued_at,
        expires_at=quote.expires_at,
        deposit=_paid_in(deposit, heads) if deposit else None,
        purchase_id=purchase.public_id if purchase else "",
        entitlement_id=purchase.entitlement_id if purchase else None,
        surplus_wei=purchase.surplus_wei if purchase else 0,
    )


def _state(
    quote: Quote, deposit: Deposit | None, purchase: Purchase | None, *, now: datetime
) -> PaymentState:
    if purchase is not None:
        return {
            PurchaseStatus.REVERSED.value: PaymentState.REVERSED,
            PurchaseStatus.REFUNDED.value: PaymentState.REFUNDED,
        }.get(purchase.status, PaymentState.BOUGHT)
    if deposit is None:
        over = quote.status == QuoteStatus.EXPIRED or now > quote.expires_at
        return PaymentState.EXPIRED if over else PaymentState.OPEN
    if deposit.status == DepositStatus.CONFIRMED:
        return PaymentState.UNMATCHED if deposit.unmatched_reason else PaymentState.SETTLING
    return {
        DepositStatus.DROPPED.value: PaymentState.DROPPED,
        DepositStatus.REVERSED.value: PaymentState.REVERSED,
    }.get(deposit.status, PaymentState.CONFIRMING)


def _heads(deposits: Iterable[Deposit]) -> dict[tuple[int, str], int]:
    vaults = {one.vault for one in deposits}
    cursors = ChainCursor.objects.filter(vault__in=vaults).order_by("head_number")
    return {(one.chain_id, one.vault): one.head_number for one in cursors}


def _paid_in(deposit: Deposit, heads: dict[tuple[int, str], int]) -> PaidIn:
    head = heads.get((deposit.chain_id, deposit.vault), 0)
    return PaidIn(
        public_id=deposit.public_id,
        chain_id=deposit.chain_id,
        payer_address=deposit.payer_address,
        amount_wei=deposit.amount_wei,
        tx_hash=deposit.tx_hash,
        block_number=deposit.block_number,
        depth=max(0, head - deposit.block_number + 1) if deposit.tx_hash else 0,
        unmatched_reason=deposit.unmatched_reason,
        first_seen_at=deposit.first_seen_at,
        nonce=deposit.nonce,
    )
