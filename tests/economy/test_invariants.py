"""Each invariant of economy is silent on sound rows and is the only one that names a planted violation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from apps.clones.models import Entitlement
from apps.competition.services import auditions, rulebooks
from apps.competition.types import AuditionStatus, RulebookTerms
from apps.core.append_only import drop_trigger_sql
from apps.economy.models import (
    ChainCursor,
    Deposit,
    JournalEntry,
    JournalLine,
    LedgerBook,
    LedgerHead,
    Purchase,
    Quote,
    Refund,
)
from apps.economy.services import ledger
from apps.economy.types import Book, DepositStatus, PurchaseStatus, QuoteStatus, RefundCause, RefundStatus
from apps.operations.invariants import registered
from tests.economy import rows
from tests.economy.rows import BY, EXTRA, FEE, Rows
from tests.economy.world import NOW

pytestmark = pytest.mark.django_db


def broken() -> dict[str, list[str]]:
    """Every invariant of economy that does not hold, with what breaks it."""
    ours = [one for one in registered() if one.check.__module__.startswith("apps.economy.")]
    assert len(ours) == 12
    return {one.key: found for one in ours if (found := one.check())}


@contextmanager
def lifted(table: str) -> Iterator[None]:
    """Without the triggers that refuse a change of the table's rows."""
    with connection.cursor() as cursor:
        for statement in drop_trigger_sql(connection.vendor, table):
            cursor.execute(statement)
    yield


def rewrite(model: type, pk: int, column: str, value: object) -> None:
    """Change one column of one row, whatever the managers say."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s", [value, pk])  # type: ignore[attr-defined]  # every model has it


def post(subject: str, lines: dict[str, int]) -> JournalEntry:
    """One more entry."""
    return ledger.post(
        chain_id=6343, kind="test", reference="planted", subject=subject, lines=lines, by=BY, now=NOW
    )


def deposits(row: Deposit, **fields: object) -> None:
    Deposit.objects.filter(pk=row.pk).update(**fields)


def purchases(row: Purchase, **fields: object) -> None:
    Purchase.objects.filter(pk=row.pk).update(**fields)


def refunds(row: Refund, **fields: object) -> None:
    Refund.objects.filter(pk=row.pk).update(**fields)


def grants(row: Purchase, **fields: object) -> None:
    Entitlement.objects.filter(pk=row.entitlement_id).update(**fields)


def one_place_for_two(world: Rows) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX economy_deposit_place")
    there = Deposit.objects.get(pk=world.unmatched.pk)
    deposits(world.pending, tx_hash=there.tx_hash, log_index=there.log_index)


def a_stray_grant(world: Rows) -> None:
    Entitlement.objects.create(
        clone=world.clone, tier="starter", model_strength="light", source="purchase:nothing", granted_at=NOW
    )


def passed(world: Rows) -> None:
    """The audition of what is being given back was passed."""
    grants(world.given_back, revoked_at=None)
    Entitlement.objects.filter(clone=world.clone).exclude(pk=world.given_back.entitlement_id).update(
        consumed_for="", consumed_at=None
    )
    for other in (world.bought, world.reversed):
        grants(other, consumed_at=NOW, consumed_for=f"test {other.pk}")
    rules = rulebooks.publish(terms=RulebookTerms(), now=NOW)
    grants(world.given_back, terms_digest="")
    audition = auditions.submit(clone=world.clone, rulebook=rules, by=BY, now=NOW)
    assert audition.entitlement_id == world.given_back.entitlement_id
    type(audition).objects.filter(pk=audition.pk).update(status=AuditionStatus.PASSED, result_at=NOW)
    grants(world.given_back, revoked_at=NOW, terms_digest=rows.RULES)


def more_than_was_paid(world: Rows) -> None:
    refund = rows.make_refund(world.unmatched, RefundCause.UNMATCHED, FEE + 1)
    rows.book(refund, "signed", {Book.UNMATCHED: FEE + 1, Book.REFUNDS: -FEE - 1})


def given_back_and_bought(world: Rows) -> None:
    refund = rows.make_refund(world.bought.deposit, RefundCause.UNMATCHED, FEE)
    rows.book(refund, "signed", {Book.UNMATCHED: FEE, Book.REFUNDS: -FEE})


def an_entry_of_nothing(world: Rows) -> None:
    post("dep_nothing", {Book.VAULT: 5, Book.UNMATCHED: -5})


def a_purchase_of_what_is_gone(world: Rows) -> None:
    """The deposit was reversed in the books, and what it bought was forgotten."""
    gone = world.bought.deposit
    ledger.mirror_subject(
        chain_id=6343, subject=gone.public_id, kind="reversed", reference="planted", by=BY, now=NOW
    )
    deposits(gone, status=DepositStatus.REVERSED)


def given_back_by_nobody(world: Rows) -> None:
    purchases(world.bought, status=PurchaseStatus.REFUNDED)
    grants(world.bought, revoked_at=NOW)


def one_debt_twice(world: Rows) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX economy_one_live_refund")
    for number in (8, 9):
        rows.make_refund(world.unmatched, RefundCause.UNMATCHED, 1, nonce=number, status=RefundStatus.WAITING)


def a_changed_reason(world: Rows) -> None:
    with lifted("economy_journalentry"):
        rewrite(JournalEntry, JournalEntry.objects.earliest("id").pk, "reason", "another")


def a_changed_balance(world: Rows) -> None:
    with lifted("economy_journalline"):
        rewrite(JournalLine, JournalLine.objects.earliest("id").pk, "balance_after_wei", "1")


def no_triggers(world: Rows) -> None:
    with lifted("economy_depositsighting"):
        pass


VIOLATIONS: list[tuple[str, str, Callable[[Rows], object]]] = [
    ("I-16", "is 2 deposits", one_place_for_two),
    ("I-16", "another number", lambda world: Quote.objects.filter(purchase=world.bought).update(nonce=99)),
    ("I-17", "another grant", lambda world: grants(world.bought, tier="pro")),
    ("I-17", "another grant", lambda world: grants(world.bought, terms_digest="")),
    ("I-17", "its grant is withdrawn", lambda world: grants(world.bought, revoked_at=NOW)),
    ("I-17", "bought by nothing", a_stray_grant),
    ("I-18", "its grant counts", lambda world: grants(world.reversed, revoked_at=None)),
    ("I-18", "its grant counts", lambda world: grants(world.given_back, revoked_at=None)),
    (
        "I-20",
        "nothing was bought",
        lambda world: Quote.objects.filter(nonce=7).update(status=QuoteStatus.USED),
    ),
    (
        "I-20",
        "is not used",
        lambda world: Quote.objects.filter(purchase=world.bought).update(status=QuoteStatus.OPEN),
    ),
    (
        "I-20",
        "another price or owner",
        lambda world: Quote.objects.filter(purchase=world.bought).update(fee_wei=FEE - 1),
    ),
    ("I-21.economy", "10000000000000001 wei of 10000000000000000", more_than_was_paid),
    ("I-21.economy", "10000000000000000 wei of 0", given_back_and_bought),
    ("I-21.economy", "one person", lambda world: refunds(world.paid, approved_by=rows.person("asker"))),
    ("I-21.economy", "one person", lambda world: refunds(world.signed, approved_by=None)),
    ("I-21.economy", "another wallet", lambda world: refunds(world.signed, payee_address="0x" + "9" * 40)),
    ("I-21.economy", "nobody let go", lambda world: refunds(world.signed, authorisation=None)),
    ("I-21.economy", "is given back 2 times", one_debt_twice),
    ("I-22.economy", "its audition passed", passed),
    ("I-22.economy", "which its refunds do not say", given_back_by_nobody),
    ("I-41.economy", "does not match its digest", a_changed_reason),
    ("I-41.economy", "does not match its digest", a_changed_balance),
    ("I-41.economy", "no_update is missing", no_triggers),
    ("I-41.economy", "last entry", lambda world: LedgerHead.objects.update(digest="0" * 64)),
    ("I-44", "are not the", lambda world: purchases(world.bought, surplus_wei=EXTRA - 1)),
    ("I-44", "its deposit is reversed", a_purchase_of_what_is_gone),
    ("I-45", "its reason is none", lambda world: deposits(world.unmatched, unmatched_reason="")),
    (
        "I-45",
        "its reason is NO_QUOTE",
        lambda world: deposits(world.bought.deposit, unmatched_reason="NO_QUOTE"),
    ),
    ("I-45", "booked as {}", lambda world: rows.make_deposit(9, unmatched_reason="NO_QUOTE")),
    ("I-45", "is not there", an_entry_of_nothing),
    ("I-56.economy", "beyond the head", lambda world: ChainCursor.objects.update(head_number=19)),
    ("I-56.economy", "the head is at", lambda world: LedgerHead.objects.update(sequence=3)),
    (
        "I-56.economy",
        "which no head had reached",
        lambda world: ChainCursor.objects.update(scanned_to=3, head_number=3),
    ),
    ("I-72", "expired, and booked", lambda world: refunds(world.paid, status=RefundStatus.EXPIRED)),
    ("I-73", "its lines say", lambda world: LedgerBook.objects.filter(name="fees").update(balance_wei=-1)),
]


def test_sound_rows_break_nothing() -> None:
    assert broken() == {}
    rows.sound_rows()
    assert broken() == {}


@pytest.mark.parametrize(
    ("key", "words", "plant"), VIOLATIONS, ids=[f"{key} {words}" for key, words, _ in VIOLATIONS]
)
def test_a_planted_violation_is_named(key: str, words: str, plant: Callable[[Rows], object]) -> None:
    plant(rows.sound_rows())
    found = broken()
    assert list(found) == [key]
    assert any(words in sentence for sentence in found[key]), found


def test_money_that_stays_in_clearing_is_named_beside_what_it_belongs_to() -> None:
    rows.sound_rows()
    post("dep_nothing", {Book.VAULT: 5, Book.CLEARING: -5})
    found = broken()
    assert found["I-73"] == ["chain 6343: -5 wei stand in clearing"]
    assert list(found) == ["I-45", "I-73"]


def test_a_line_that_was_slipped_in_is_named_by_seal_and_sum() -> None:
    rows.sound_rows()
    entry = JournalEntry.objects.earliest("id")
    JournalLine.objects.create(entry=entry, book="fees", amount_wei=1, balance_after_wei=1)
    found = broken()
    assert {"I-41.economy", "I-73"} <= set(found)
    assert found["I-73"][0] == f"entry {entry} does not balance"


def test_an_entry_that_was_taken_out_is_named_by_link_number_and_sum() -> None:
    rows.sound_rows()
    entry = JournalEntry.objects.order_by("id")[1]
    with lifted("economy_journalentry"), lifted("economy_journalline"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM economy_journalline WHERE entry_id = %s", [entry.pk])
        cursor.execute("DELETE FROM economy_journalentry WHERE id = %s", [entry.pk])
    assert {"I-41.economy", "I-44", "I-56.economy", "I-73"} <= set(broken())
