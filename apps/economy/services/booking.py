"""What a deposit does to the books: it arrives, then it is earned or owed; each once in each of its lives on the chain."""

from collections.abc import Mapping
from datetime import datetime

from apps.economy.models import Deposit, Purchase
from apps.economy.services import ledger
from apps.economy.services.sightings import confirmations_had
from apps.economy.types import Book
from apps.operations.audit import Actor


def arrived(deposit: Deposit, *, by: Actor, now: datetime) -> None:
    """The money lies in the vault, and nobody's yet."""
    amount = deposit.amount_wei
    _post(deposit, "confirmed", {Book.VAULT: amount, Book.CLEARING: -amount}, by=by, now=now)


def matched(deposit: Deposit, purchase: Purchase, *, by: Actor, now: datetime) -> None:
    """The fee is earned; what was paid beyond it is owed."""
    lines: dict[str, int] = {
        Book.CLEARING: purchase.fee_wei + purchase.surplus_wei,
        Book.FEES: -purchase.fee_wei,
        Book.SURPLUS: -purchase.surplus_wei,
    }
    _post(deposit, "matched", lines, by=by, now=now)


def unmatched(deposit: Deposit, *, by: Actor, now: datetime) -> None:
    """It bought nothing; all of it is owed."""
    amount = deposit.amount_wei
    _post(deposit, "unmatched", {Book.CLEARING: amount, Book.UNMATCHED: -amount}, by=by, now=now)


def claimed(deposit: Deposit, *, by: Actor, now: datetime) -> None:
    """What was owed is to buy something after all."""
    amount = deposit.amount_wei
    _post(deposit, "claimed", {Book.UNMATCHED: amount, Book.CLEARING: -amount}, by=by, now=now)


def _post(deposit: Deposit, what: str, lines: Mapping[str, int], *, by: Actor, now: datetime) -> None:
    moving = {book: amount for book, amount in lines.items() if amount}
    if not moving:
        return  # a deposit of nothing is a row and no entry
    ledger.post(
        chain_id=deposit.chain_id,
        kind=f"deposit.{what}",
        reference=f"{deposit.public_id}:{confirmations_had(deposit)}:{what}",
        subject=deposit.public_id,
        lines=moving,
        by=by,
        reason=deposit.unmatched_reason,
        now=now,
    )
