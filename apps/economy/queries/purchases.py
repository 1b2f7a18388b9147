"""Purchases as their owners, operators and programs read them, and what is owed back of a deposit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.economy.models import Deposit, Purchase, Refund
from apps.economy.queries.books import booked_for
from apps.economy.types import LIVE_REFUNDS, Book, PurchaseStatus, RefundCause

BOOK_OF: Mapping[str, Book] = {
    RefundCause.PURCHASE: Book.FEES,
    RefundCause.UNMATCHED: Book.UNMATCHED,
    RefundCause.SURPLUS: Book.SURPLUS,
}
"""The book from which money is given back, by the cause of it."""


@dataclass(frozen=True, slots=True)
class PurchaseView:
    """One purchase with the payment behind it; money in wei."""

    public_id: str
    status: PurchaseStatus
    quote_id: str
    deposit_id: str
    owner_id: str
    clone_id: str
    clone_name: str
    entitlement_id: str
    tier: str
    model_strength: str
    rulebook_digest: str
    fee_wei: int
    surplus_wei: int
    chain_id: int
    resolver: str
    nonce: int
    payer_address: str
    tx_hash: str
    block_number: int
    made_at: datetime
    reversed_at: datetime | None
    refunded_at: datetime | None


def find_purchase_of_entitlement(entitlement_id: int) -> PurchaseView | None:
    """The purchase that brought a grant, by the grant's key; None where the grant was not bought."""
    rows = Purchase.objects.select_related("quote", "deposit", "user", "clone", "entitlement")
    row = rows.filter(entitlement_id=entitlement_id).first()
    return None if row is None else _view(row)


def owed_wei(deposit: Deposit) -> dict[str, int]:
    """What may still be asked back of a deposit by the cause of it: what its books hold, less what is being given back.

    Below zero where more is being given back than is owed by now: the deposit has bought something meanwhile.
    """
    net = booked_for(chain_id=deposit.chain_id, subject=deposit.public_id)
    owed = {cause.value: -net.get(BOOK_OF[cause], 0) for cause in RefundCause}
    live = Refund.objects.filter(deposit=deposit, status__in=LIVE_REFUNDS)
    for cause, amount in live.values_list("cause", "amount_wei"):
        owed[cause] -= amount
    return owed


def _view(row: Purchase) -> PurchaseView:
    return PurchaseView(
        public_id=row.public_id,
        status=PurchaseStatus(row.status),
        quote_id=row.quote.public_id,
        deposit_id=row.deposit.public_id,
        owner_id=row.user.public_id,
        clone_id=row.clone.public_id,
        clone_name=row.clone.name,
        entitlement_id=row.entitlement.public_id,
        tier=row.quote.tier,
        model_strength=row.quote.model_strength,
        rulebook_digest=row.quote.rulebook_digest,
        fee_wei=row.fee_wei,
        surplus_wei=row.surplus_wei,
        chain_id=row.chain_id,
        resolver=row.resolver,
        nonce=row.nonce,
        payer_address=row.deposit.payer_address,
        tx_hash=row.deposit.tx_hash,
        block_number=row.deposit.block_number,
        made_at=row.made_at,
        reversed_at=row.reversed_at,
        refunded_at=row.refunded_at,
    )
