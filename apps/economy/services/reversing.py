"""A confirmed deposit left the chain: everything that it did is undone by counter-entries, and nothing is deleted."""

from datetime import datetime

from django.db import transaction

from apps.clones import services as clones
from apps.competition.services import auditions
from apps.core import states
from apps.economy.models import Deposit, Purchase
from apps.economy.services import ledger, sightings
from apps.economy.services.findings import open_finding
from apps.economy.types import (
    DEPOSIT_TRANSITIONS,
    PURCHASE_TRANSITIONS,
    DepositStatus,
    FindingKind,
    PurchaseStatus,
    SightingKind,
)
from apps.operations import audit, clock, failpoints
from apps.operations.audit import Actor


@transaction.atomic
def reverse(*, deposit: Deposit, because: str, by: Actor, now: datetime) -> Deposit:
    """Take back what a confirmed deposit did: its purchase, its grant and all that is booked for it.

    The grant is frozen, an audition that runs on it is flagged, and a finding stays open until the deposit is
    confirmed again. A purchase that was given back already stays so. Raises IllegalTransition where the deposit is
    not confirmed.
    """
    row = Deposit.objects.select_for_update().get(pk=deposit.pk)
    purchase = Purchase.objects.select_for_update().filter(deposit=row).first()
    place = {"tx": row.tx_hash, "block": row.block_hash, "amountWei": str(row.amount_wei)}
    sightings.note(row, kind=SightingKind.GONE, now=now)
    states.advance(
        row,
        to=DepositStatus.REVERSED,
        table=DEPOSIT_TRANSITIONS,
        unmatched_reason="",
        confirmed_at=None,
        **sightings.OFF_THE_CHAIN,
    )
    if purchase is not None and purchase.status == PurchaseStatus.CONFIRMED:
        _freeze(purchase, by=by, now=now)
    failpoints.reach("economy.after-frozen")
    open_finding(
        kind=FindingKind.REORG,
        chain_id=row.chain_id,
        subject=row.public_id,
        detail={**place, "purchase": purchase.public_id if purchase else "", "why": because},
        now=now,
    )
    audit.record(verb="economy.deposit.reversed", by=by, subject=row, reason=because, detail=place, now=now)
    # Last, so that the head of the ledger is held for no longer than it takes to commit.
    ledger.mirror_subject(
        chain_id=row.chain_id,
        subject=row.public_id,
        kind="deposit.reversed",
        reference=f"{row.public_id}:{sightings.confirmations_had(row)}:reversed",
        by=by,
        reason=because,
        now=now,
    )
    failpoints.reach("economy.before-reverse-commit")
    return row


def frozen_for(deposit: Deposit) -> str:
    """Why a grant is withdrawn whose deposit left the chain; what comes back with it is told apart by these words."""
    return f"{deposit.public_id} left the chain"


def _freeze(purchase: Purchase, *, by: Actor, now: datetime) -> None:
    states.advance(purchase, to=PurchaseStatus.REVERSED, table=PURCHASE_TRANSITIONS, reversed_at=now)
    reason = frozen_for(purchase.deposit)
    at = clock.market_of(now)
    clones.revoke_entitlement(entitlement=purchase.entitlement, reason=reason, by=by, now=at)
    auditions.flag_bought(entitlement=purchase.entitlement, reason=reason, by=by, now=at)
    audit.record(verb="economy.purchase.reversed", by=by, subject=purchase, reason=reason, now=now)
