"""Invariants of what is in the books: every deposit and every refund exactly as its state says."""

from collections.abc import Iterator

from apps.economy.models import Deposit, Purchase, Refund
from apps.economy.queries.books import booked_by_subject
from apps.economy.queries.purchases import BOOK_OF
from apps.economy.types import Book, DepositStatus, PurchaseStatus, RefundStatus
from apps.operations.invariants import invariant

STANDING = (PurchaseStatus.CONFIRMED, PurchaseStatus.REFUNDED)
"""The purchases whose price is in the books while their deposit is: what was given back is booked on its own."""


@invariant(
    "I-44",
    "Every purchase that stands rests on a confirmed deposit; the books say what was paid.",
    is_slow=True,
)
def purchases_rest_on_deposits() -> list[str]:
    """Purchases without a confirmed deposit, of another amount than it has, or booked otherwise."""
    booked = booked_by_subject()
    rows = Purchase.objects.filter(status__in=STANDING).select_related("deposit").order_by("pk")
    return [f"{row}: {fault}" for row in rows for fault in _faults(row, booked)]


@invariant(
    "I-45",
    "No money is lost: what arrived has bought something or is owed, once; nothing else is.",
    is_slow=True,
)
def deposits_are_booked_once() -> list[str]:
    """Confirmed deposits that neither bought nor are owed, or both; others that are booked; bookings of nothing."""
    booked = booked_by_subject()
    bought = set(Purchase.objects.filter(status__in=STANDING).values_list("deposit_id", flat=True))
    problems = []
    for row in Deposit.objects.order_by("pk").iterator(chunk_size=2000):
        is_owed = row.status == DepositStatus.CONFIRMED and row.pk not in bought
        if bool(row.unmatched_reason) != is_owed:
            problems.append(f"{row}: {row.status}, and its reason is {row.unmatched_reason or 'none'}")
        moved = booked.pop((row.chain_id, row.public_id), {})
        owed = {Book.VAULT: row.amount_wei, Book.UNMATCHED: -row.amount_wei}
        due = owed if is_owed and row.amount_wei else {}  # a deposit of nothing moves nothing
        if row.pk not in bought and moved != due:
            problems.append(f"{row}: {row.status}, and booked as {moved}")
    refunds = set(Refund.objects.values_list("chain_id", "public_id"))
    strays = sorted(key for key in booked if key not in refunds)
    return problems + [
        f"{subject} of chain {chain_id} is booked and is not there" for chain_id, subject in strays
    ]


@invariant("I-72", "Every refund is in the books as its state says.", is_slow=True)
def refunds_are_booked() -> list[str]:
    """Refunds that took something else out of the books than they stand for."""
    booked = booked_by_subject()
    problems = []
    for row in Refund.objects.order_by("pk").iterator(chunk_size=2000):
        moved = booked.get((row.chain_id, row.public_id), {})
        if moved != _taken(row):
            problems.append(f"{row}: {row.status}, and booked as {moved}")
    return problems


def _faults(row: Purchase, booked: dict[tuple[int, str], dict[str, int]]) -> Iterator[str]:
    deposit = row.deposit
    counts = deposit.status == DepositStatus.CONFIRMED
    if row.status == PurchaseStatus.CONFIRMED and not counts:
        yield f"its deposit is {deposit.status}"
    if row.fee_wei + row.surplus_wei != deposit.amount_wei or min(row.fee_wei, row.surplus_wei) < 0:
        yield f"{row.fee_wei} and {row.surplus_wei} wei are not the {deposit.amount_wei} that were paid"
    paid = {Book.VAULT: deposit.amount_wei, Book.FEES: -row.fee_wei, Book.SURPLUS: -row.surplus_wei}
    moved = booked.get((deposit.chain_id, deposit.public_id), {})
    if moved != ({book: wei for book, wei in paid.items() if wei} if counts else {}):
        yield f"booked as {moved}"


def _taken(row: Refund) -> dict[str, int]:
    """What a refund has moved while it is in its state, in wei by book."""
    source = BOOK_OF[row.cause]
    if row.status == RefundStatus.SIGNED:
        return {source: row.amount_wei, Book.REFUNDS: -row.amount_wei}
    if row.status == RefundStatus.PAID:
        return {source: row.amount_wei, Book.VAULT: -row.amount_wei}
    return {}
