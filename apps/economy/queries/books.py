"""Reading the ledger of real value: balances, what stands booked for a subject, the journal page by page."""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from apps.economy.models import JournalEntry, JournalLine, LedgerBook
from apps.economy.types import Book


class BookLine(NamedTuple):
    """What an entry did to one book, and what the book held after it; wei."""

    book: str
    amount_wei: int
    balance_after_wei: int


class BookEntry(NamedTuple):
    """One entry of the journal of a chain, with its lines in the order in which they were written."""

    chain_id: int
    sequence: int
    kind: str
    reference: str
    subject: str
    by: str
    reason: str
    at: datetime
    digest: str
    lines: tuple[BookLine, ...]


def balance(chain_id: int, book: str) -> int:
    """What a book of a chain holds, in wei; zero for a book in which nothing was ever written."""
    found = LedgerBook.objects.filter(chain_id=chain_id, name=book).values_list("balance_wei", flat=True)
    return found.first() or 0


def list_balances(chain_id: int) -> dict[str, int]:
    """What every book of a chain holds, in wei, by its name; those without an entry as zero."""
    held = dict(LedgerBook.objects.filter(chain_id=chain_id).values_list("name", "balance_wei"))
    return {book.value: 0 for book in Book} | held


def list_chains() -> list[int]:
    """The chains that have books, in ascending order."""
    return sorted(set(LedgerBook.objects.values_list("chain_id", flat=True)))


def find_entry(*, chain_id: int, reference: str) -> JournalEntry | None:
    """The entry with this reference, if it was posted."""
    return JournalEntry.objects.filter(chain_id=chain_id, reference=reference).first()


def booked_for(*, chain_id: int, subject: str) -> dict[str, int]:
    """What all entries of a subject together have moved, in wei by book; only books that are not even."""
    net: dict[str, int] = defaultdict(int)
    lines = JournalLine.objects.filter(entry__chain_id=chain_id, entry__subject=subject)
    for book, amount in lines.values_list("book", "amount_wei"):
        net[book] += amount
    return {book: amount for book, amount in net.items() if amount}


def booked_by_subject() -> dict[tuple[int, str], dict[str, int]]:
    """`booked_for` of every subject in one walk through the journals, by chain and subject; none that is even."""
    net: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    lines = JournalLine.objects.order_by().values_list(
        "entry__chain_id", "entry__subject", "book", "amount_wei"
    )
    for chain_id, subject, book, amount in lines.iterator(chunk_size=2000):
        net[chain_id, subject][book] += amount
    uneven = {key: {book: wei for book, wei in moved.items() if wei} for key, moved in net.items()}
    return {key: moved for key, moved in uneven.items() if moved}


def list_entries(
    *, chain_id: int, before: int | None = None, subject: str = "", limit: int = 50
) -> list[BookEntry]:
    """The newest entries of a chain, newest first: below the sequence `before`, of one subject where it is named."""
    rows = JournalEntry.objects.filter(chain_id=chain_id).order_by("-sequence").prefetch_related("lines")
    if before is not None:
        rows = rows.filter(sequence__lt=before)
    if subject:
        rows = rows.filter(subject=subject)
    return [_entry(row) for row in rows[:limit]]


def _entry(row: JournalEntry) -> BookEntry:
    lines = tuple(BookLine(each.book, each.amount_wei, each.balance_after_wei) for each in row.lines.all())
    return BookEntry(
        chain_id=row.chain_id,
        sequence=row.sequence,
        kind=row.kind,
        reference=row.reference,
        subject=row.subject,
        by=row.by,
        reason=row.reason,
        at=row.at,
        digest=row.digest,
        lines=lines,
    )
