"""Posting to the ledger: double entry, one hash chain per account, unique sources."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from apps.core.errors import DomainError
from apps.core.tables import Table, moment
from apps.exchange.rounding import MAX_MICROS
from apps.trading.models import LedgerEntry, PropAccount
from apps.trading.seals import entry_hash
from apps.trading.types import COUNTER_BOOK, Book, Posting

LEDGER_FIELDS = (
    "cash_micros",
    "capital_micros",
    "fees_micros",
    "pnl_micros",
    "funding_micros",
    "adjustment_micros",
    "ledger_sequence",
    "ledger_group",
    "ledger_head",
)
"""Columns of the account that `post` moves; the caller saves them in the same transaction."""


class AmountOutOfRange(DomainError):
    """An amount or a balance is larger than the books can hold; nothing was written."""

    status = 422
    code = "AMOUNT_OUT_OF_RANGE"


class Leg(NamedTuple):
    """One row of the ledger before it is written."""

    account_id: int
    sequence: int
    group: int
    book: str
    kind: str
    amount_micros: int
    balance_after_micros: int
    reference: str
    source_digest: str
    at: datetime
    previous_hash: str
    hash: str


_ENTRIES = Table(LedgerEntry, Leg._fields)


def post(
    *,
    account: PropAccount,
    postings: Sequence[Posting],
    now: datetime,
    digests: Mapping[str, str] | None = None,
) -> None:
    """Book each posting as a cash leg and its counter leg, and move the balances on `account`.

    The caller holds the account's row lock and saves `LEDGER_FIELDS`. Amounts are micro-dollars, positive
    into the account's cash. `digests` maps a posting's reference to the digest of its source. A reference
    that was booked before raises `IntegrityError`, an amount beyond the books' range `AmountOutOfRange`.
    """
    write(draft(account=account, postings=postings, now=now, digests=digests))


def draft(
    *,
    account: PropAccount,
    postings: Sequence[Posting],
    now: datetime,
    digests: Mapping[str, str] | None = None,
) -> list[Leg]:
    """As `post`, with the rows left to the caller: they go to `write`, in this order, before anybody reads them."""
    legs: list[Leg] = []
    for posting in postings:
        account.ledger_group += 1
        digest = (digests or {}).get(posting.reference, "")
        sides = (
            (Book.CASH.value, posting.amount_micros),
            (COUNTER_BOOK[posting.kind], -posting.amount_micros),
        )
        for book, amount in sides:
            legs.append(_leg(account, posting, str(book), amount, now=now, source_digest=digest))
    return legs


def write(legs: Sequence[Leg]) -> None:
    """Insert drafted rows in as few statements as the database allows."""
    if legs:
        at = {leg.at: moment(leg.at) for leg in legs}
        _ENTRIES.insert([leg._replace(at=at[leg.at]) for leg in legs])


def _leg(
    account: PropAccount, posting: Posting, book: str, amount: int, *, now: datetime, source_digest: str
) -> Leg:
    column = f"{book}_micros"
    balance = getattr(account, column) + amount
    if not (-MAX_MICROS <= amount <= MAX_MICROS and -MAX_MICROS <= balance <= MAX_MICROS):
        raise AmountOutOfRange(f"{posting.reference}: {amount} makes a balance of {balance} micro-dollars.")
    setattr(account, column, balance)
    account.ledger_sequence += 1
    leg = Leg(
        account_id=account.pk,
        sequence=account.ledger_sequence,
        group=account.ledger_group,
        book=book,
        kind=posting.kind,
        amount_micros=amount,
        balance_after_micros=balance,
        reference=posting.reference,
        source_digest=source_digest,
        at=now,
        previous_hash=account.ledger_head,
        hash="",
    )
    account.ledger_head = entry_hash(leg, ordinal=account.ordinal)
    return leg._replace(hash=account.ledger_head)
