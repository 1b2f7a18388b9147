"""Eight who post at once: entries take turns, one reference is one entry, and the first of a chain is the first once."""

import pytest

from apps.core.fields import MAX_WEI
from apps.economy.models import JournalEntry, LedgerHead
from apps.economy.queries import books
from apps.economy.services import ledger
from apps.economy.types import Book
from apps.operations.audit import Actor
from tests.contenders import RACE, crowd
from tests.economy.world import NOW

pytestmark = RACE

CHAIN, BY, CROWD = 6343, Actor.system("test"), 8


def post(reference: str, wei: int) -> str:
    """A deposit of so many wei; the digest of its entry."""
    lines = {Book.VAULT: wei, Book.CLEARING: -wei}
    entry = ledger.post(
        chain_id=CHAIN, kind="test", reference=reference, subject="dep_1", lines=lines, by=BY, now=NOW
    )
    return entry.digest


@pytest.mark.parametrize("turn", range(3))
def test_entries_posted_at_once_take_turns_from_the_first_on(turn: int) -> None:
    def act(number: int) -> list[str]:
        return [post(f"{number}/{index}", 10**18 + number) for index in range(5)]

    digests = [digest for made in crowd(CROWD, act) for digest in made]
    entries = list(JournalEntry.objects.order_by("sequence"))
    assert [entry.sequence for entry in entries] == list(range(1, 5 * CROWD + 1))
    assert [entry.previous_digest for entry in entries] == ["", *(entry.digest for entry in entries[:-1])]
    assert {entry.digest for entry in entries} == set(digests)
    assert LedgerHead.objects.get().digest == entries[-1].digest
    assert books.balance(CHAIN, Book.VAULT) == 5 * sum(10**18 + number for number in range(CROWD))
    assert sum(books.list_balances(CHAIN).values()) == 0


def test_one_reference_posted_at_once_is_one_entry_and_all_get_it() -> None:
    assert len(set(crowd(CROWD, lambda number: post("one", 10**18)))) == 1
    assert books.balance(CHAIN, Book.VAULT) == 10**18
    assert JournalEntry.objects.count() == 1


def test_of_those_who_say_different_things_under_one_reference_one_is_heard() -> None:
    results = crowd(CROWD, lambda number: post("one", number + 1))
    assert results.count("REFERENCE_REUSED") == CROWD - 1
    assert JournalEntry.objects.count() == 1


def test_a_subject_is_mirrored_once() -> None:
    post("one", 7)

    def undo(number: int) -> str:
        entry = ledger.mirror_subject(
            chain_id=CHAIN, subject="dep_1", kind="undone", reference=f"back {number}", by=BY, now=NOW
        )
        return entry.reference if entry else ""

    assert sorted(map(bool, crowd(CROWD, undo))) == [False] * (CROWD - 1) + [True]
    assert set(books.list_balances(CHAIN).values()) == {0}


def test_a_book_is_never_filled_beyond_what_it_holds() -> None:
    results = crowd(CROWD, lambda number: post(f"{number}", MAX_WEI // 3))
    assert results.count("AMOUNT_OUT_OF_RANGE") == CROWD - 3
    assert books.balance(CHAIN, Book.VAULT) == MAX_WEI // 3 * 3
