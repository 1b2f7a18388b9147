"""The links behind one of a chain, each hashed again, on to the first that the root of a day seals."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from apps.core.json_strict import sha256_hex
from apps.decisions.services.verify import links_after
from apps.trading.models import ExecutionRecord, LedgerEntry, PropAccount
from apps.trading.queries import proofs
from apps.trading.queries.proofs import Head, Leaf
from apps.trading.seals import entry_hash
from apps.trading.services.reexecution.guard import Malformed
from apps.trading.services.reexecution.steps import Asking

MOST_LINKS = 300
"""A day of decisions every five minutes: further on the walk stops, and says so."""
MOST_DAYS = 3
"""What is dated before a midnight and written after the seal is under the next root."""


class Link(NamedTuple):
    """One link as it is written: what it names before it, its digest, and the digest that its content has."""

    place: str
    sequence: int
    previous: str
    digest: str
    made: str


class Sealed(NamedTuple):
    """The head of a chain under the root of a day."""

    day: date
    head: Head


class Newest(NamedTuple):
    """The last link of a chain as it is kept beside the chain, and where."""

    place: str
    head: Head


class Roots:
    """The leaves of one account under the roots of days from a moment on; each is read once."""

    def __init__(self, account: PropAccount | None, since: datetime) -> None:
        self._leaves: list[tuple[date, Leaf]] = []
        self._coming: Iterator[tuple[date, Leaf]] = iter(())
        if account is not None:
            first = since.astimezone(UTC).date()
            self._coming = proofs.leaves_since(account.public_id, first, most=MOST_DAYS)

    def over(self, chain: str, sequence: int) -> Sealed | None:
        """The first root that seals this link of the chain, or None before there is one."""
        for day, leaf in self._all():
            head: Head = getattr(leaf, chain)
            if head.sequence >= sequence:
                return Sealed(day, head)
        return None

    def _all(self) -> Iterator[tuple[date, Leaf]]:
        yield from self._leaves
        for each in self._coming:
            self._leaves.append(each)
            yield each


def walk_on(
    asking: Asking, *, start: Head, links: Iterable[Link], most: int, sealed: Sealed | None, newest: Newest
) -> str:
    """Follow the chain behind `start`, note the first link that does not follow, and say how far it was followed.

    `links` are at most `most`, in their order. `sealed` is the root to arrive at; without one the walk arrives at
    the newest link, which is `newest` by what is kept beside the chain.
    """
    last, followed = start, 0
    for link in links:
        if sealed is not None and link.sequence > sealed.head.sequence:
            break
        is_whole = asking.equal(f"{link.place}: sequence", expected=last.sequence + 1, found=link.sequence)
        is_whole &= asking.equal(
            f"{link.place}: previous_digest", expected=last.digest, found=link.previous
        ) and asking.equal(f"{link.place}: digest", expected=link.made, found=link.digest)
        if not is_whole:
            return ""
        last, followed = Head(link.sequence, link.digest), followed + 1
    if sealed is not None and last.sequence == sealed.head.sequence:
        asking.equal(f"DayRoot {sealed.day}: its leaf", expected=last.digest, found=sealed.head.digest)
        return f"It was followed to link {last.sequence}, which the root of {sealed.day} seals."
    if followed >= most:
        return f"It was followed to link {last.sequence} and not further."
    if sealed is not None:
        asking.equal(f"DayRoot {sealed.day}: its leaf", expected=last.sequence, found=sealed.head.sequence)
    asking.equal(newest.place, expected=list(last), found=list(newest.head))
    return f"It was followed to link {last.sequence}, the newest; no day's root seals it yet."


def decisions_after(subject: str, sequence: int, *, most: int) -> Iterator[Link]:
    """The sealed decisions behind one, each hashed again."""
    for run, made in links_after(subject=subject, sequence=sequence, most=most):
        place = f"DecisionRun #{run.sequence} of {subject}"
        yield Link(place, run.sequence or 0, run.previous_digest, run.record_digest, made)


def executions_after(account: PropAccount, sequence: int, *, most: int) -> Iterator[Link]:
    """The records of executions behind one, each hashed again."""
    rows = ExecutionRecord.objects.filter(account=account, sequence__gt=sequence).order_by("sequence")
    columns = ("sequence", "previous_digest", "digest", "document")
    for number, previous, digest, text in rows.values_list(*columns)[:most]:
        place = f"ExecutionRecord {account.public_id}/{number}"
        if _previous(text) != previous:
            raise Malformed(f"{place}.document.previous", previous, _previous(text))
        yield Link(place, number, previous, digest, sha256_hex(text.encode()))


def postings_after(account: PropAccount, sequence: int, *, most: int) -> Iterator[Link]:
    """The ledger rows behind one, each hashed again."""
    rows = LedgerEntry.objects.filter(account=account, sequence__gt=sequence).order_by("sequence")
    for row in rows[:most]:
        place = f"LedgerEntry {account.public_id}/{row.sequence}"
        made = entry_hash(row, ordinal=account.ordinal)
        yield Link(place, row.sequence, row.previous_hash, row.hash, made)


def _previous(text: str) -> Any:
    document = json.loads(text)
    return document.get("previous") if isinstance(document, dict) else None
