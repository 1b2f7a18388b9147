"""What the rows say of each other and of the vault as a whole, whatever blocks were read: grants, bookings, the balance."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.clones import services as clone_services
from apps.competition import queries as competition
from apps.competition.services import auditions
from apps.economy.models import ChainCursor, Deposit, JournalLine, LedgerHead, Purchase, Refund
from apps.economy.queries import books
from apps.economy.services import fetching
from apps.economy.services.fetching import Final
from apps.economy.services.findings import keep_findings
from apps.economy.services.reversing import frozen_for
from apps.economy.types import (
    LIVE_REFUNDS,
    Book,
    DepositStatus,
    FindingKind,
    PurchaseStatus,
    RefundCause,
    RefundStatus,
    Vault,
)
from apps.operations import clock
from apps.operations.audit import Actor
from apps.operations.types import Report

BY = Actor.system("economy.reconcile-chain")
ASKED_AGAIN_FOR = timedelta(days=7)
SETTLED = timedelta(minutes=15)
"""After this long, a final block that another run has relied on is final for everybody."""
_AGREES = "It agrees again."


def take_back_payments(*, vault: Vault, final: Final, now: datetime) -> Report:
    """Ask again about what was fetched lately: where all configured providers deny it, it may be fetched once more.

    Nothing is taken back while one of them does not tell of the final block.
    """
    if len(final.readers) < len(vault.rpc_urls):
        return Report()
    paid = Refund.objects.filter(
        status=RefundStatus.PAID,
        **vault.where,
        settled_at__range=(now - ASKED_AGAIN_FOR, now - SETTLED),
    )
    gone = [refund for refund in paid.order_by("pk") if not any(fetching.fetched_for(refund, final))]
    for refund in gone:
        fetching.unpay(refund=refund, because="Its withdrawal is no longer on the chain.", now=now)
    return Report(done=len(gone))


def give_grants_back(*, vault: Vault, now: datetime) -> Report:
    """Give back grants that were frozen for a deposit which is confirmed again; tell purchases without their grant."""
    bought = Purchase.objects.filter(
        chain_id=vault.chain_id,
        status=PurchaseStatus.CONFIRMED,
        deposit__status=DepositStatus.CONFIRMED,
        entitlement__revoked_at__isnull=False,
    ).select_related("deposit", "entitlement")
    lacking: dict[str, str] = {}
    done = 0
    for purchase in bought:
        if competition.has_standing_refund(purchase.entitlement):
            continue
        why = purchase.entitlement.revoked_reason
        if why != frozen_for(purchase.deposit):
            lacking[purchase.public_id] = f"Its grant was withdrawn: {why}"
            continue
        with transaction.atomic():
            reason, at = f"{purchase.deposit} is on the chain", clock.market_of(now)
            clone_services.reinstate_entitlement(
                entitlement=purchase.entitlement, reason=reason, by=BY, now=at
            )
            auditions.unflag_bought(entitlement=purchase.entitlement, reason=reason, by=BY, now=at)
        done += 1
    settled = Deposit.objects.filter(
        chain_id=vault.chain_id,
        status=DepositStatus.CONFIRMED,
        unmatched_reason="",
        purchase__isnull=True,
    )
    lacking |= {
        row.public_id: "It is confirmed, and neither bought anything nor says why." for row in settled
    }
    _tell(FindingKind.MISSING_GRANT, vault, {name: {"why": why} for name, why in lacking.items()}, now)
    return Report(done=done)


def tell_strays(*, vault: Vault, now: datetime) -> None:
    """A finding for every confirmed deposit that bought nothing and is not being given back."""
    strays = Deposit.objects.filter(chain_id=vault.chain_id, status=DepositStatus.CONFIRMED)
    given = Refund.objects.filter(cause=RefundCause.UNMATCHED, status__in=LIVE_REFUNDS)
    strays = strays.exclude(unmatched_reason="").exclude(pk__in=given.values("deposit"))
    found = {
        row.public_id: {
            "why": row.unmatched_reason,
            "amountWei": str(row.amount_wei),
            "payer": row.payer_address,
            "tx": row.tx_hash,
        }
        for row in strays
    }
    _tell(FindingKind.ORPHAN_DEPOSIT, vault, found, now)


def tell_bookings(*, vault: Vault, now: datetime) -> None:
    """A finding for every deposit and refund that the books of the vault hold other than its state says."""
    booked: dict[str, int] = defaultdict(int)
    lines = JournalLine.objects.filter(entry__chain_id=vault.chain_id, book=Book.VAULT)
    for subject, amount in lines.values_list("entry__subject", "amount_wei").iterator(chunk_size=5_000):
        booked[subject] += amount
    twice: dict[str, dict[str, str]] = {}
    wrong: dict[str, dict[str, str]] = {}
    for name, due in _due(vault):
        if (held := booked.get(name, 0)) != due:
            found = twice if abs(held) > abs(due) else wrong
            found[name] = {"bookedWei": str(held), "dueWei": str(due)}
    _tell(FindingKind.DOUBLE, vault, twice, now)
    _tell(FindingKind.BALANCE, vault, wrong, now)


def _due(vault: Vault) -> Iterable[tuple[str, int]]:
    """What each deposit and refund must have moved in the vault's book, in wei."""
    deposits = Deposit.objects.filter(chain_id=vault.chain_id)
    for name, status, amount in deposits.values_list("public_id", "status", "amount_wei"):
        yield name, amount if status == DepositStatus.CONFIRMED else 0
    refunds = Refund.objects.filter(chain_id=vault.chain_id)
    for name, status, amount in refunds.values_list("public_id", "status", "amount_wei"):
        yield name, -amount if status == RefundStatus.PAID else 0


def tell_balance(*, vault: Vault, final: Final, now: datetime) -> None:
    """A finding where the vault holds, at the final block, something else than the books say as of that block."""
    told = {reader.name: reader.balance(block_hash=final.block.hash) for reader in final.readers}
    about = {vault.name: {name: str(wei) for name, wei in told.items()}}
    _tell(FindingKind.DISAGREEMENT, vault, about if len(set(told.values())) > 1 else {}, now, only=vault.name)
    if len(set(told.values())) > 1:
        return
    said = booked_as_of(vault=vault, final=final, now=now)
    if said is None:
        return
    holds = next(iter(told.values()))
    detail = {
        "block": final.block.number,
        "chainWei": str(holds),
        "booksWei": str(said),
        "differenceWei": str(holds - said),
    }
    _tell(FindingKind.BALANCE, vault, {vault.name: detail} if holds != said else {}, now, only=vault.name)


def booked_as_of(*, vault: Vault, final: Final, now: datetime) -> int | None:
    """What the books say that lies in the vault at the final block, in wei; None while withdrawals were not read so far.

    What was booked of later blocks is taken out, what is on the chain and still waits to be booked is added.
    """
    lately = [
        refund
        for refund in Refund.objects.filter(
            status=RefundStatus.PAID,
            **vault.where,
            settled_at__gt=now - SETTLED,
        )
        if not any(fetching.fetched_for(refund, final))
    ]
    with transaction.atomic():
        # Whoever books holds the head until the end of its transaction: rows and books are of one moment.
        LedgerHead.objects.select_for_update().filter(chain_id=vault.chain_id).first()
        cursor = ChainCursor.objects.get(**vault.where)
        if cursor.withdrawals_to < final.block.number:
            return None
        held = books.balance(vault.chain_id, Book.VAULT)
        for *there, status, block, amount in Deposit.objects.filter(
            chain_id=vault.chain_id, status__in=(DepositStatus.PENDING, DepositStatus.CONFIRMED)
        ).values_list("vault", "resolver", "status", "block_number", "amount_wei"):
            is_booked = status == DepositStatus.CONFIRMED
            is_there = there == [vault.address, vault.resolver] and block <= final.block.number
            held += amount * (is_there - is_booked)
        elsewhere = Refund.objects.filter(status=RefundStatus.PAID, chain_id=vault.chain_id)
        held += sum(
            elsewhere.exclude(vault=vault.address, resolver=vault.resolver).values_list(
                "amount_wei", flat=True
            )
        )
    return held + sum(refund.amount_wei for refund in lately)


def _tell(
    kind: FindingKind,
    vault: Vault,
    found: Mapping[str, Mapping[str, Any]],
    now: datetime,
    *,
    only: str = "",
) -> None:
    """Open what was found and close the others of this kind: of the one subject, or of all that are rows."""
    keep_findings(
        kind=kind,
        chain_id=vault.chain_id,
        found=found,
        about=lambda subject: subject == only or (not only and not subject.startswith("0x")),
        because=_AGREES,
        now=now,
    )
