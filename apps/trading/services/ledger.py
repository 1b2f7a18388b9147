"""Posting to the ledger: double entry, one hash chain per account, unique sources."""

from collections.abc import Mapping, Sequence
from datetime import datetime

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


def post(
    *,
    account: PropAccount,
    postings: Sequence[Posting],
    now: datetime,
    digests: Mapping[str, str] | None = None,
) -> list[LedgerEntry]:
    """Book each posting as a cash leg and its counter leg, and move the balances on `account`.

    The caller holds the account's row lock and saves `LEDGER_FIELDS`. Amounts are micro-dollars, positive
    into the account's cash. `digests` maps a posting's reference to the digest of its source. A reference
    that was booked before raises `IntegrityError`.
    """
    entries: list[LedgerEntry] = []
    for posting in postings:
        account.ledger_group += 1
        legs = (
            (Book.CASH.value, posting.amount_micros),
            (COUNTER_BOOK[posting.kind], -posting.amount_micros),
        )
        for book, amount in legs:
            digest = (digests or {}).get(posting.reference, "")
            entries.append(_leg(account, posting, str(book), amount, now=now, source_digest=digest))
    return LedgerEntry.objects.bulk_create(entries)


def _leg(
    account: PropAccount, posting: Posting, book: str, amount: int, *, now: datetime, source_digest: str
) -> LedgerEntry:
    column = f"{book}_micros"
    balance = getattr(account, column) + amount
    setattr(account, column, balance)
    account.ledger_sequence += 1
    entry = LedgerEntry(
        account=account,
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
    )
    entry.hash = entry_hash(entry, ordinal=account.ordinal)
    account.ledger_head = entry.hash
    return entry
