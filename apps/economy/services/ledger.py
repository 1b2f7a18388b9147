"""Posting to the ledger of real value: double entry in exact wei, one chain of digests for each chain of blocks."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.core.errors import Conflict, DomainError, InvalidInput
from apps.core.fields import MAX_WEI
from apps.economy.models import JournalEntry, JournalLine, LedgerBook, LedgerHead
from apps.economy.queries.books import booked_for, find_entry
from apps.economy.seals import entry_digest
from apps.operations.audit import Actor


class Unbalanced(InvalidInput):
    """The lines do not sum to zero, or one of them moves nothing; nothing was written."""

    code = "ENTRY_UNBALANCED"


class ReferenceReused(Conflict):
    """The reference stands for another entry already; nothing was written."""

    code = "REFERENCE_REUSED"


class BalanceOutOfRange(DomainError):
    """A book would hold more than 256 bits of wei; nothing was written."""

    status = 422
    code = "AMOUNT_OUT_OF_RANGE"


@transaction.atomic
def post(
    *,
    chain_id: int,
    kind: str,
    reference: str,
    subject: str,
    lines: Mapping[str, int],
    by: Actor,
    reason: str = "",
    now: datetime,
) -> JournalEntry:
    """Book one entry: `lines` says by how many wei each book changes, exactly; together they are zero.

    `reference` makes it happen once: posted again with the same kind, subject and lines, the entry that stands is
    returned. `subject` is the public id of the row whose state the entry follows: a deposit for all that it brings
    and buys, a refund for all that it takes. Entries of a chain take turns at its head, whose lock is held until the
    caller's transaction ends; that transaction leaves clearing at zero.

    Raises Unbalanced, ReferenceReused and BalanceOutOfRange.
    """
    _refuse_unbalanced(reference, lines)
    head = _locked_head(chain_id)
    standing = find_entry(chain_id=chain_id, reference=reference)
    if standing is not None:
        _refuse_other_content(standing, kind=kind, subject=subject, lines=lines)
        return standing
    entry = JournalEntry(
        chain_id=chain_id,
        sequence=head.sequence + 1,
        kind=kind,
        reference=reference,
        subject=subject,
        by=f"{by.kind}:{by.identifier}",
        reason=reason,
        at=now,
        previous_digest=head.digest,
    )
    balances = _moved(chain_id, lines)
    entry.digest = entry_digest(entry, {book: (lines[book], balances[book]) for book in lines})
    entry.save()
    JournalLine.objects.bulk_create(
        JournalLine(entry=entry, book=book, amount_wei=lines[book], balance_after_wei=balances[book])
        for book in lines
    )
    head.sequence, head.digest = entry.sequence, entry.digest
    head.save(update_fields=["sequence", "digest"])
    return entry


def mirror(
    *, entry: JournalEntry, kind: str, reference: str, by: Actor, reason: str = "", now: datetime
) -> JournalEntry:
    """Book the opposite of one entry, under a reference of its own; raises what `post` raises."""
    lines = {line.book: -line.amount_wei for line in entry.lines.all()}
    return post(
        chain_id=entry.chain_id,
        kind=kind,
        reference=reference,
        subject=entry.subject,
        lines=lines,
        by=by,
        reason=reason,
        now=now,
    )


@transaction.atomic
def mirror_subject(
    *,
    chain_id: int,
    subject: str,
    kind: str,
    reference: str,
    by: Actor,
    reason: str = "",
    now: datetime,
) -> JournalEntry | None:
    """Book the opposite of all that stands booked for a subject, in one entry; None where nothing stands.

    The same reference again returns the entry that it made then. Raises what `post` raises.
    """
    _locked_head(chain_id)
    standing = find_entry(chain_id=chain_id, reference=reference)
    if standing is not None:
        _refuse_other_content(standing, kind=kind, subject=subject)
        return standing
    lines = {book: -amount for book, amount in booked_for(chain_id=chain_id, subject=subject).items()}
    if not lines:
        return None
    return post(
        chain_id=chain_id,
        kind=kind,
        reference=reference,
        subject=subject,
        lines=lines,
        by=by,
        reason=reason,
        now=now,
    )


def _locked_head(chain_id: int) -> LedgerHead:
    """The chain's head, locked; made where it is missing, by whichever of several that want it comes first."""
    heads = LedgerHead.objects.select_for_update()
    head = heads.filter(chain_id=chain_id).first()
    if head is None:
        LedgerHead.objects.bulk_create([LedgerHead(chain_id=chain_id)], ignore_conflicts=True)
        head = heads.get(chain_id=chain_id)
    return head


def _moved(chain_id: int, lines: Mapping[str, int]) -> dict[str, int]:
    """Move the balances of the books; what each holds now. Safe because the caller has the head's lock."""
    books = {book.name: book for book in LedgerBook.objects.filter(chain_id=chain_id, name__in=list(lines))}
    balances = {}
    for name, amount in lines.items():
        book = books.get(name) or LedgerBook(chain_id=chain_id, name=name)
        book.balance_wei += amount
        if max(abs(amount), abs(book.balance_wei)) > MAX_WEI:
            raise BalanceOutOfRange(f"{amount} wei more make {name} hold {book.balance_wei}.")
        book.save()
        balances[name] = book.balance_wei
    return balances


def _refuse_unbalanced(reference: str, lines: Mapping[str, int]) -> None:
    if len(lines) < 2 or sum(lines.values()) != 0 or not all(lines.values()):
        raise Unbalanced(f"{reference}: the lines {dict(lines)} must each move something and sum to zero.")


def _refuse_other_content(
    standing: JournalEntry, *, kind: str, subject: str, lines: Mapping[str, int] | None = None
) -> None:
    told = {line.book: line.amount_wei for line in standing.lines.all()}
    same_lines = lines is None or dict(lines) == told
    if (standing.kind, standing.subject) != (kind, subject) or not same_lines:
        raise ReferenceReused(
            f"{standing.reference} is entry {standing.sequence} already, and tells something else."
        )
