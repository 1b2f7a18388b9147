"""Invariants of the journal: it adds up, its chain is whole, and nothing about it goes back."""

from collections import defaultdict
from collections.abc import Iterator

from django.db import connection
from django.db.models import Count, F, Max, Min

from apps.core.append_only import installed_triggers, trigger_names
from apps.economy.models import (
    ChainCursor,
    Deposit,
    DepositSighting,
    JournalEntry,
    JournalLine,
    LedgerBook,
    LedgerHead,
)
from apps.economy.seals import entry_digest
from apps.economy.types import Book, DepositStatus
from apps.operations.invariants import invariant


@invariant(
    "I-41.economy",
    "The journal is sealed: its chain is whole, and neither it nor a sighting can be changed.",
    is_slow=True,
)
def the_journal_is_sealed() -> list[str]:
    """Missing triggers, entries that do not match their digest or do not follow the one before, wrong heads."""
    return [*_missing_triggers(), *_broken_links()]


@invariant(
    "I-73",
    "Every book is what its lines add up to; entries and the books of a chain are zero, and so is clearing.",
    is_slow=True,
)
def the_books_add_up() -> list[str]:
    """Entries that do not balance, books that differ from their lines, chains whose books do, money in clearing."""
    entries: dict[int, int] = defaultdict(int)
    sums: dict[tuple[int, str], int] = defaultdict(int)
    lines = JournalLine.objects.order_by().values_list("entry_id", "entry__chain_id", "book", "amount_wei")
    for entry_id, chain_id, book, amount in lines.iterator(chunk_size=2000):
        entries[entry_id] += amount
        sums[chain_id, book] += amount
    uneven = [key for key, total in entries.items() if total]
    held = {(book.chain_id, book.name): book.balance_wei for book in LedgerBook.objects.all()}
    chains: dict[int, int] = defaultdict(int)
    for (chain_id, _), balance in held.items():
        chains[chain_id] += balance
    return [
        *(f"entry {row} does not balance" for row in JournalEntry.objects.filter(pk__in=uneven)),
        *(
            f"chain {chain_id}: {book} holds {held.get((chain_id, book), 0)}, its lines say {sums[chain_id, book]}"
            for chain_id, book in sorted(held.keys() | sums.keys())
            if held.get((chain_id, book), 0) != sums[chain_id, book]
        ),
        *(f"chain {chain_id}: its books sum to {total}" for chain_id, total in chains.items() if total),
        *(
            f"chain {chain_id}: {balance} wei stand in clearing"
            for (chain_id, book), balance in held.items()
            if book == Book.CLEARING and balance
        ),
    ]


@invariant("I-56.economy", "Neither the journal's numbers nor where a chain was read ever go back.")
def nothing_goes_back() -> list[str]:
    """Journals whose numbers are not 1..n, cursors beyond the head they saw, deposits confirmed above it."""
    found = JournalEntry.objects.order_by().values_list("chain_id")
    counted = {
        chain_id: (low, high, rows)
        for chain_id, low, high, rows in found.annotate(
            low=Min("sequence"), high=Max("sequence"), rows=Count("id")
        )
    }
    heads = dict(LedgerHead.objects.values_list("chain_id", "sequence"))
    gaps = [
        f"chain {chain_id}: {rows} entries, numbers {low}..{high}, the head is at {heads.get(chain_id, 0)}"
        for chain_id in sorted(counted.keys() | heads.keys())
        for low, high, rows in [counted.get(chain_id, (1, 0, 0))]
        if not (low == 1 and high == rows == heads.get(chain_id, 0))
    ]
    beyond = ChainCursor.objects.filter(scanned_to__gt=F("head_number"))
    tops = {(row.chain_id, row.vault): row.head_number for row in ChainCursor.objects.order_by("head_number")}
    # Where the highest head was forgotten on somebody's word, none is known until the next scan.
    anew = set(ChainCursor.objects.filter(head_at=None).values_list("chain_id", "vault"))
    confirmed = Deposit.objects.filter(status=DepositStatus.CONFIRMED).order_by("pk")
    return [
        *gaps,
        *(f"{row}: read beyond the head {row.head_number}" for row in beyond),
        *(
            f"{row}: confirmed in block {row.block_number}, which no head had reached"
            for row in confirmed
            if row.block_number > tops.get((row.chain_id, row.vault), 0)
            and (row.chain_id, row.vault) not in anew
        ),
    ]


def _missing_triggers() -> Iterator[str]:
    for model in (JournalEntry, JournalLine, DepositSighting):
        table = model._meta.db_table
        missing = set(trigger_names(table)) - installed_triggers(connection, table)
        yield from (f"trigger {name} is missing" for name in sorted(missing))


def _broken_links() -> Iterator[str]:
    digests: dict[int, str] = {}
    balances: dict[tuple[int, str], int] = defaultdict(int)
    rows = JournalEntry.objects.order_by("chain_id", "sequence").prefetch_related("lines")
    for row in rows.iterator(chunk_size=500):
        lines = {line.book: (line.amount_wei, line.balance_after_wei) for line in row.lines.all()}
        if row.digest != entry_digest(row, lines):
            yield f"{row}: does not match its digest"
        if row.previous_digest != digests.get(row.chain_id, ""):
            yield f"{row}: does not follow the entry before"
        digests[row.chain_id] = row.digest
        for book, (amount, balance) in lines.items():
            balances[row.chain_id, book] += amount
            if balance != balances[row.chain_id, book]:
                yield f"{row}: {book} held {balances[row.chain_id, book]}, it says {balance}"
    for head in LedgerHead.objects.order_by("chain_id"):
        if head.digest != digests.get(head.chain_id, ""):
            yield f"{head}: is not the digest of the last entry"
