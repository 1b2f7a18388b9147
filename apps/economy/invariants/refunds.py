"""Invariants of what is given back: never more than was paid, never twice, never on one person's word."""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.db.models import Q

from apps.competition.types import AuditionStatus, RefundDecision
from apps.economy.models import Purchase, Refund
from apps.economy.types import LIVE_REFUNDS, PurchaseStatus, RefundCause, RefundStatus
from apps.operations.invariants import invariant

_LET_GO = (RefundStatus.SIGNED, RefundStatus.PAID, RefundStatus.EXPIRED)


@invariant("I-21.economy", "A refund is of what was paid, to who paid it, once, and two persons wanted it.")
def refunds_are_owed() -> list[str]:
    """Refunds beyond what was paid, of one debt twice, to another wallet, or on the word of one person."""
    rows = Refund.objects.select_related("deposit__purchase", "purchase", "authorisation").order_by("pk")
    listed = list(rows.iterator(chunk_size=2000))
    given = [f"{row}: {fault}" for row in listed for fault in _faults(row)]
    return given + list(_overdrawn([row for row in listed if row.status in LIVE_REFUNDS]))


@invariant("I-22.economy", "What was given back was not passed; what passed is not given back.")
def refunded_purchases_have_not_passed() -> list[str]:
    """Refunds of passed auditions, and purchases that are given back without a refund or kept in spite of one."""
    signed = Refund.objects.filter(cause=RefundCause.PURCHASE, status__in=_LET_GO)
    passed = Refund.objects.filter(
        cause=RefundCause.PURCHASE,
        status__in=LIVE_REFUNDS,
        purchase__entitlement__audition__status=AuditionStatus.PASSED,
    )
    is_back, was_signed = Q(status=PurchaseStatus.REFUNDED), Q(pk__in=signed.values("purchase"))
    uneven = Purchase.objects.filter((is_back & ~was_signed) | (~is_back & was_signed)).order_by("pk")
    return [
        *(f"{row}: its audition passed" for row in passed.order_by("pk")),
        *(f"{row} is {row.status}, which its refunds do not say" for row in uneven),
    ]


def _faults(row: Refund) -> Iterator[str]:
    if row.payee_address != row.deposit.payer_address:
        yield "goes to another wallet than paid"
    if row.status not in _LET_GO:
        return
    if None in (row.asked_by_id, row.approved_by_id) or row.asked_by_id == row.approved_by_id:
        yield "was let go on the word of one person"
    leave = row.authorisation
    if row.cause == RefundCause.PURCHASE and (
        leave is None
        or row.purchase is None
        or (leave.status, leave.entitlement_id) != (RefundDecision.AUTHORISED, row.purchase.entitlement_id)
    ):
        yield "gives back what nobody let go"


def _overdrawn(live: Iterable[Refund]) -> Iterator[str]:
    """Debts that are given back twice, and what was let go beyond what was paid for it.

    One that still waits may ask for what is no longer owed: it is never signed.
    """
    uses: Counter[tuple[str, str]] = Counter()
    total: Counter[str] = Counter()
    paid: dict[str, int] = {}
    for row in live:
        uses[row.deposit.public_id, row.cause] += 1
        if row.status == RefundStatus.WAITING:
            continue
        total[row.deposit.public_id] += row.amount_wei
        paid[row.deposit.public_id] = row.deposit.amount_wei
        most = _most(row)
        if not 0 < row.amount_wei <= most:
            yield f"{row}: {row.amount_wei} wei of {most}"
    yield from (f"{key}: {cause} is given back {n} times" for (key, cause), n in uses.items() if n > 1)
    yield from (f"{key}: {wei} wei of {paid[key]}" for key, wei in total.items() if wei > paid[key])


def _most(row: Refund) -> int:
    """What the refund's cause may give back at most, in wei."""
    if row.cause == RefundCause.UNMATCHED:
        bought = getattr(row.deposit, "purchase", None)
        stands = bought is not None and bought.status == PurchaseStatus.CONFIRMED
        return 0 if stands else row.deposit.amount_wei
    if row.purchase is None:
        return 0
    return row.purchase.fee_wei if row.cause == RefundCause.PURCHASE else row.purchase.surplus_wei
