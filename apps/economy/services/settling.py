"""A deposit counts: it is confirmed, matched to its offer and booked, and its grant is given, in one transaction."""

from datetime import datetime

from django.db import transaction

from apps.clones import services as clones
from apps.competition.services import auditions
from apps.core import states
from apps.core.errors import Conflict, IllegalTransition
from apps.economy.models import Deposit, Purchase, Quote, Refund
from apps.economy.services import booking, buying, sightings
from apps.economy.services.findings import close_findings, open_finding
from apps.economy.services.reversing import frozen_for
from apps.economy.types import (
    DEPOSIT_TRANSITIONS,
    LIVE_REFUNDS,
    PURCHASE_TRANSITIONS,
    DepositStatus,
    FindingKind,
    Head,
    PurchaseStatus,
    RefundCause,
    SightingKind,
    UnmatchedReason,
)
from apps.operations import audit, clock, failpoints
from apps.operations.audit import Actor


@transaction.atomic
def settle(*, deposit: Deposit, block: Head, by: Actor, now: datetime) -> Deposit:
    """Confirm a pending deposit that stands in `block`, final and agreed upon, and do all that follows from it.

    It buys what was offered under its number, or restores what it had bought before it left the chain; else it is
    unmatched, with the reason, and its money is owed. Raises IllegalTransition where it was settled, or moved to
    another place, meanwhile.
    """
    row = Deposit.objects.select_for_update().get(pk=deposit.pk)
    if (row.block_hash, row.tx_hash, row.amount_wei) != (block.hash, deposit.tx_hash, deposit.amount_wei):
        raise IllegalTransition("The deposit is in another place now.")
    states.advance(row, to=DepositStatus.CONFIRMED, table=DEPOSIT_TRANSITIONS, confirmed_at=now)
    sightings.note(row, kind=SightingKind.CONFIRMED, now=now, detail={"blockTime": block.timestamp})
    failpoints.reach("economy.after-confirmed")
    bought = _bought(row, block=block, by=by, now=now)
    reason = bought if isinstance(bought, UnmatchedReason) else ""
    if reason:
        row.unmatched_reason = reason
        row.save(update_fields=["unmatched_reason"])
    _close_reorg(row, now)
    audit.record(
        verb="economy.deposit.confirmed",
        by=by,
        subject=row,
        reason=reason,
        detail={"amountWei": str(row.amount_wei), "tx": row.tx_hash, "block": row.block_hash},
        now=now,
    )
    # Last, so that the head of the ledger is held for no longer than it takes to commit.
    booking.arrived(row, by=by, now=now)
    failpoints.reach("economy.after-arrived")
    if isinstance(bought, Purchase):
        booking.matched(row, bought, by=by, now=now)
    else:
        booking.unmatched(row, by=by, now=now)
    failpoints.reach("economy.before-settle-commit")
    return row


@transaction.atomic
def match(*, deposit: Deposit, quote: Quote, by: Actor, now: datetime) -> Purchase:
    """Let an unmatched deposit pay an offer, in time or not, whoever paid it: who may ask for this is the caller's.

    Raises Conflict DEPOSIT_ALREADY_CLAIMED, REFUND_EXISTS or QUOTE_USED, InvalidInput WRONG_CHAIN or AMOUNT_TOO_LOW,
    and what clones refuses.
    """
    row = Deposit.objects.select_for_update().get(pk=deposit.pk)
    if row.status != DepositStatus.CONFIRMED:
        raise Conflict("This deposit is not confirmed.", code="DEPOSIT_PENDING", retryable=True)
    if not row.unmatched_reason or Purchase.objects.filter(deposit=row).exists():
        raise Conflict("This deposit has bought something already.", code="DEPOSIT_ALREADY_CLAIMED")
    if _is_going_back(row):
        raise Conflict("This deposit is being given back.", code="REFUND_EXISTS")
    offer = Quote.objects.select_for_update().get(pk=quote.pk)
    purchase = buying.buy(quote=offer, deposit=row, by=by, now=now)
    before, row.unmatched_reason, row.claimed_by_id = row.unmatched_reason, "", offer.user_id
    row.save(update_fields=["unmatched_reason", "claimed_by"])
    audit.record(
        verb="economy.deposit.claimed",
        by=by,
        subject=row,
        reason=before,
        detail={"quote": offer.public_id, "purchase": purchase.public_id},
        now=now,
    )
    booking.claimed(row, by=by, now=now)
    booking.matched(row, purchase, by=by, now=now)
    return purchase


def _bought(row: Deposit, *, block: Head, by: Actor, now: datetime) -> Purchase | UnmatchedReason:
    """What the deposit buys, or why it buys nothing."""
    standing = Purchase.objects.select_for_update().filter(deposit=row).first()
    if _is_going_back(row):
        return UnmatchedReason.NOT_GRANTABLE  # it left its chain and came back; its money is promised already
    if standing is not None:
        return _restored(standing, row, by=by, now=now)
    quote = (
        Quote.objects.select_for_update()
        .filter(chain_id=row.chain_id, vault=row.vault, resolver=row.resolver, nonce=row.nonce)
        .first()
    )
    if quote is None:
        return UnmatchedReason.NO_QUOTE
    if quote.wallet_address != row.payer_address:
        return UnmatchedReason.OTHER_PAYER
    # The block's own word is for the payer alone: what was unseen while nobody looked may still have been in time.
    paid_at = min(row.first_seen_at.timestamp(), block.timestamp)
    if paid_at > quote.expires_at.timestamp():
        return UnmatchedReason.LATE
    return buying.try_to_buy(quote=quote, deposit=row, by=by, now=now)


def _restored(purchase: Purchase, row: Deposit, *, by: Actor, now: datetime) -> Purchase | UnmatchedReason:
    """A deposit that bought something is on the chain again: give back what was frozen, once."""
    if row.amount_wei < purchase.fee_wei:
        return (
            UnmatchedReason.TOO_LOW
        )  # another transaction under the same number: the purchase stays reversed
    surplus = row.amount_wei - purchase.fee_wei
    if purchase.status == PurchaseStatus.REFUNDED:
        purchase.surplus_wei = surplus
        purchase.save(update_fields=["surplus_wei"])
        _tell_refunded(purchase, row, now)
        return purchase
    states.advance(
        purchase,
        to=PurchaseStatus.CONFIRMED,
        table=PURCHASE_TRANSITIONS,
        reversed_at=None,
        surplus_wei=surplus,
    )
    reason, at = f"{row.public_id} is on the chain again", clock.market_of(now)
    clones.reinstate_entitlement(
        entitlement=purchase.entitlement, reason=reason, by=by, now=at, withdrawn_for=frozen_for(row)
    )
    auditions.unflag_bought(entitlement=purchase.entitlement, reason=reason, by=by, now=at)
    audit.record(verb="economy.purchase.restored", by=by, subject=purchase, reason=reason, now=now)
    return purchase


def _is_going_back(row: Deposit) -> bool:
    """Whether the money is being given back, or was, because it bought nothing."""
    refunds = Refund.objects.filter(deposit=row, cause=RefundCause.UNMATCHED, status__in=LIVE_REFUNDS)
    return refunds.exists()


def _close_reorg(row: Deposit, now: datetime) -> None:
    """Close that it had left its chain, unless it has bought something that is not restored with it."""
    if not Purchase.objects.filter(deposit=row).exclude(status=PurchaseStatus.CONFIRMED).exists():
        close_findings(
            kind=FindingKind.REORG,
            chain_id=row.chain_id,
            subject=row.public_id,
            because=f"{row.public_id} is on the chain again",
            now=now,
        )


def _tell_refunded(purchase: Purchase, row: Deposit, now: datetime) -> None:
    open_finding(
        kind=FindingKind.REORG,
        chain_id=row.chain_id,
        subject=row.public_id,
        detail={
            "purchase": purchase.public_id,
            "why": "It is on the chain again; what it bought was given back and is not restored.",
        },
        now=now,
    )
