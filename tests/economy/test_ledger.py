"""The ledger of real value: exact, double, once, in one sequence, sealed."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from apps.core.errors import DomainError
from apps.core.fields import MAX_WEI
from apps.economy.models import JournalEntry, JournalLine, LedgerBook, LedgerHead
from apps.economy.queries import books
from apps.economy.seals import entry_digest
from apps.economy.services import ledger
from apps.economy.types import Book
from apps.operations.audit import Actor
from tests.economy.world import NOW

pytestmark = pytest.mark.django_db

CHAIN = 6343
BY = Actor.system("test")
HALVES = {Book.VAULT: 10**18 + 1, Book.CLEARING: -(10**18) - 1}


def posted(reference: str, lines: Mapping[str, int], *, chain_id: int = CHAIN) -> JournalEntry:
    """An entry about the deposit dep_1."""
    return ledger.post(
        chain_id=chain_id, kind="test", reference=reference, subject="dep_1", lines=lines, by=BY, now=NOW
    )


def test_an_entry_moves_its_books_and_keeps_the_balance_after_each() -> None:
    posted("one", HALVES)
    second = posted("two", {Book.CLEARING: 10**18 + 1, Book.FEES: -(10**18), Book.SURPLUS: -1})
    told = {line.book: (line.amount_wei, line.balance_after_wei) for line in second.lines.all()}
    assert told == {"clearing": (10**18 + 1, 0), "fees": (-(10**18), -(10**18)), "surplus": (-1, -1)}
    assert books.list_balances(CHAIN) == {
        "vault": 10**18 + 1,
        "clearing": 0,
        "unmatched": 0,
        "fees": -(10**18),
        "surplus": -1,
        "refunds": 0,
    }
    assert books.balance(CHAIN, Book.VAULT) == 10**18 + 1
    assert books.balance(CHAIN, "nothing") == 0
    assert books.list_chains() == [CHAIN]


def test_entries_of_a_chain_are_numbered_and_each_seals_those_before_it() -> None:
    first, second = posted("one", HALVES), posted("two", {Book.CLEARING: 5, Book.FEES: -5})
    assert (first.sequence, first.previous_digest) == (1, "")
    assert (second.sequence, second.previous_digest) == (2, first.digest)
    head = LedgerHead.objects.get(chain_id=CHAIN)
    assert (head.sequence, head.digest) == (2, second.digest)
    lines = {line.book: (line.amount_wei, line.balance_after_wei) for line in second.lines.all()}
    assert second.digest == entry_digest(JournalEntry.objects.get(pk=second.pk), lines)


def test_chains_have_books_and_numbers_of_their_own() -> None:
    posted("one", HALVES)
    other = posted("one", {Book.VAULT: 7, Book.CLEARING: -7}, chain_id=4326)
    assert other.sequence == 1
    assert (books.balance(CHAIN, Book.VAULT), books.balance(4326, Book.VAULT)) == (10**18 + 1, 7)


def test_every_part_of_an_entry_is_under_its_seal() -> None:
    entry = posted("one", HALVES)
    lines = {line.book: (line.amount_wei, line.balance_after_wei) for line in entry.lines.all()}
    changes = {
        "chain_id": 1,
        "sequence": 2,
        "kind": "other",
        "reference": "other",
        "subject": "dep_2",
        "by": "user:usr_1",
        "reason": "other",
        "previous_digest": "0" * 64,
        "at": NOW + timedelta(microseconds=1),
    }
    for name, value in changes.items():
        other = JournalEntry.objects.get(pk=entry.pk)
        setattr(other, name, value)
        assert entry_digest(other, lines) != entry.digest, name
    for changed in ({"vault": lines["vault"]}, lines | {"vault": (1, 2)}, lines | {"vault": (10**18 + 1, 0)}):
        assert entry_digest(entry, changed) != entry.digest


def test_the_same_reference_posts_once() -> None:
    first = posted("one", HALVES)
    assert posted("one", dict(reversed(HALVES.items()))).pk == first.pk
    assert books.balance(CHAIN, Book.VAULT) == 10**18 + 1
    assert JournalLine.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [{"lines": {Book.VAULT: 1, Book.CLEARING: -1}}, {"kind": "other"}, {"subject": "dep_2"}],
    ids=["lines", "kind", "subject"],
)
def test_a_reference_never_stands_for_something_else(change: dict[str, object]) -> None:
    posted("one", HALVES)
    asked = {"kind": "test", "subject": "dep_1", "lines": HALVES} | change
    with pytest.raises(ledger.ReferenceReused) as refused:
        ledger.post(chain_id=CHAIN, reference="one", by=BY, now=NOW, **asked)  # type: ignore[arg-type]  # keywords of one dict
    assert refused.value.code == "REFERENCE_REUSED"
    assert JournalEntry.objects.count() == 1


@pytest.mark.parametrize(
    "lines",
    [
        {},
        {Book.VAULT: 0, Book.CLEARING: 0},
        {Book.VAULT: 1, Book.CLEARING: -2},
        {Book.VAULT: 5},
        {Book.VAULT: 5, Book.CLEARING: -5, Book.FEES: 0},
    ],
    ids=["nothing", "noughts", "uneven", "one leg", "an idle leg"],
)
def test_what_does_not_balance_is_refused(lines: dict[str, int]) -> None:
    with pytest.raises(ledger.Unbalanced) as refused:
        posted("one", lines)
    assert refused.value.code == "ENTRY_UNBALANCED"
    assert JournalEntry.objects.count() == LedgerBook.objects.count() == 0


def test_the_largest_amounts_are_exact() -> None:
    posted("one", {Book.VAULT: MAX_WEI, Book.CLEARING: -MAX_WEI})
    posted("two", {Book.CLEARING: MAX_WEI, Book.FEES: 1 - MAX_WEI, Book.SURPLUS: -1})
    posted("three", {Book.VAULT: -1, Book.SURPLUS: 1})
    assert books.balance(CHAIN, Book.VAULT) == MAX_WEI - 1
    assert books.booked_for(chain_id=CHAIN, subject="dep_1") == {"vault": MAX_WEI - 1, "fees": 1 - MAX_WEI}
    assert sum(books.list_balances(CHAIN).values()) == 0


def test_a_book_that_would_hold_too_much_refuses_and_nothing_is_written() -> None:
    posted("one", {Book.VAULT: MAX_WEI, Book.CLEARING: -MAX_WEI})
    with pytest.raises(ledger.BalanceOutOfRange):
        posted("two", {Book.VAULT: 1, Book.CLEARING: -1})
    assert books.balance(CHAIN, Book.VAULT) == MAX_WEI
    assert JournalEntry.objects.count() == LedgerHead.objects.get().sequence == 1


def test_a_mirror_takes_one_entry_back_and_once() -> None:
    entry = posted("one", HALVES)
    for _ in range(2):
        back = ledger.mirror(entry=entry, kind="undone", reference="one back", by=BY, now=NOW)
    assert {line.book: line.amount_wei for line in back.lines.all()} == {
        book.value: -amount for book, amount in HALVES.items()
    }
    assert (back.subject, back.sequence) == ("dep_1", 2)
    assert set(books.list_balances(CHAIN).values()) == {0}


def test_a_mirror_of_a_subject_takes_back_all_that_stands_and_once() -> None:
    posted("one", HALVES)
    posted("two", {Book.CLEARING: 10**18 + 1, Book.UNMATCHED: -(10**18) - 1})
    undo = {"chain_id": CHAIN, "subject": "dep_1", "kind": "reversed", "by": BY, "now": NOW}
    back = ledger.mirror_subject(reference="back", **undo)  # type: ignore[arg-type]  # keywords of one dict
    assert back is not None
    assert {line.book: line.amount_wei for line in back.lines.all()} == {
        "vault": -(10**18) - 1,
        "unmatched": 10**18 + 1,
    }
    assert ledger.mirror_subject(reference="back", **undo) == back  # type: ignore[arg-type]  # keywords of one dict
    assert ledger.mirror_subject(reference="again", **undo) is None  # type: ignore[arg-type]  # keywords of one dict
    assert books.booked_for(chain_id=CHAIN, subject="dep_1") == {}
    with pytest.raises(ledger.ReferenceReused):
        ledger.mirror_subject(reference="one", **undo)  # type: ignore[arg-type]  # keywords of one dict


@pytest.mark.parametrize("model", [JournalEntry, JournalLine])
def test_nobody_changes_or_removes_what_was_posted(model: type[JournalEntry | JournalLine]) -> None:
    posted("one", HALVES)
    row = model.objects.first()
    for act in (row.save, row.delete, model.objects.all().delete):
        with pytest.raises(DomainError, match="cannot be"):
            act()


def test_the_journal_is_read_newest_first_and_page_by_page() -> None:
    for number in range(1, 6):
        posted(f"entry {number}", {Book.VAULT: number, Book.CLEARING: -number})
    newest = books.list_entries(chain_id=CHAIN, limit=2)
    assert [entry.reference for entry in newest] == ["entry 5", "entry 4"]
    older = books.list_entries(chain_id=CHAIN, before=newest[-1].sequence, limit=2)
    assert [entry.reference for entry in older] == ["entry 3", "entry 2"]
    assert older[0].lines == (("vault", 3, 6), ("clearing", -3, -6))
    assert books.list_entries(chain_id=CHAIN, subject="dep_2") == []
    assert books.list_entries(chain_id=1) == []
