"""Reads of the daily roots: the heads of every chain at the end of a day, a day's root, and an account's place in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from apps.core.errors import Conflict, NotFound
from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.decisions import queries as decisions
from apps.trading import merkle
from apps.trading.models import DayRoot, ExecutionRecord, LedgerEntry, PropAccount


class DayDamaged(Conflict):
    """What stands in a day's row is not what was sealed."""

    code = "DAY_DAMAGED"


class Head(NamedTuple):
    """The last link of a chain: its number, 0 where the chain is empty, and its digest."""

    sequence: int
    digest: str


class Leaf(NamedTuple):
    """What a day's tree says of one account: the heads of its decisions, its executions and its ledger."""

    account: str
    decisions: Head
    executions: Head
    ledger: Head

    def document(self) -> list[str | int]:
        """The leaf as it is hashed."""
        return [self.account, *self.decisions, *self.executions, *self.ledger]

    def hash(self) -> bytes:
        """The hash of the leaf in the tree."""
        return merkle.leaf_hash(dumps_canonical(self.document()))


@dataclass(frozen=True, slots=True)
class Membership:
    """The proof that a day's tree has this leaf: climb `path` from `leaf_hash` and arrive at the day's `tree`."""

    day: DayRoot
    leaf: Leaf
    leaf_hash: str
    path: tuple[merkle.Step, ...]


def end_of(day: date) -> datetime:
    """The first moment after a UTC day."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)


def heads_before(moment: datetime) -> list[Leaf]:
    """The heads of every account's chains over the rows that are dated before a moment, sorted by account.

    One statement, so one moment of the database. Accounts that did nothing by then are left out.
    """
    ledger = LedgerEntry.objects.filter(account=OuterRef("pk"), at__lt=moment).order_by("-sequence")
    records = ExecutionRecord.objects.filter(account=OuterRef("pk"), verdict__at__lt=moment)
    runs = decisions.list_sealed(before=moment).filter(subject=OuterRef("public_id"))
    rows = PropAccount.objects.order_by().annotate(
        **_last("run", runs, "record_digest"),
        **_last("record", records.order_by("-sequence"), "digest"),
        **_last("entry", ledger, "hash"),
    )
    names = ("run", "record", "entry")
    found = rows.values_list("public_id", *(f"{name}_{what}" for name in names for what in ("at", "is")))
    leaves = (Leaf(row[0], Head(*row[1:3]), Head(*row[3:5]), Head(*row[5:7])) for row in found.iterator())
    return sorted(leaf for leaf in leaves if any(head.sequence for head in leaf[1:]))


def _last(name: str, rows: QuerySet[Any], digest: str) -> dict[str, Coalesce]:
    """The number and the digest of the first of the rows, as annotations; 0 and nothing where there is none."""
    first = {"at": ("sequence", Value(0)), "is": (digest, Value(""))}
    return {
        f"{name}_{what}": Coalesce(Subquery(rows.values(column)[:1]), empty)
        for what, (column, empty) in first.items()
    }


def list_days() -> QuerySet[DayRoot]:
    """The roots of the days without their leaves, newest first."""
    return DayRoot.objects.defer("leaves").order_by("-date")


def find_day(day: date) -> DayRoot | None:
    """The root of a day with its leaves, or None where it is not sealed."""
    return DayRoot.objects.filter(date=day).first()


def get_day(day: date) -> DayRoot:
    """The root of a day with its leaves; raises NotFound DAY_NOT_SEALED."""
    found = find_day(day)
    if found is None:
        raise NotFound(f"The day {day.isoformat()} is not sealed.", code="DAY_NOT_SEALED")
    return found


def leaves_of(day: DayRoot) -> Iterator[Leaf]:
    """The leaves that were sealed, in the order of the tree; raises DayDamaged where they cannot be read."""
    try:
        yield from [_leaf(each) for each in json.loads(day.leaves)]
    except (TypeError, ValueError, RecursionError) as error:
        raise DayDamaged(f"The leaves of {day.date.isoformat()} cannot be read.") from error


def _leaf(written: list[Any]) -> Leaf:
    account, *heads = written
    if not isinstance(account, str) or len(heads) != 6:
        raise ValueError(account)
    return Leaf(account, Head(*heads[0:2]), Head(*heads[2:4]), Head(*heads[4:6]))


def leaves_since(account: str, first: date, *, most: int) -> Iterator[tuple[date, Leaf]]:
    """The account's leaf under each sealed day from `first` on, of at most so many days, oldest first.

    Raises ValueError for a day whose root is not that of its leaves: what stands there says nothing then.
    """
    days = DayRoot.objects.filter(date__gte=first).order_by("date")[:most]
    for day in days.iterator(chunk_size=1):
        before, tree = bytes.fromhex(day.previous_root), bytes.fromhex(day.tree)
        root = merkle.root_hash(before, day.date.isoformat(), tree).hex()
        if (root, _top(day)) != (day.root, day.tree):
            raise ValueError(f"the root of {day.date.isoformat()} is not that of its leaves")
        place = day.leaves.find(f'["{account}",')
        if place >= 0:
            yield day.date, _leaf(json.JSONDecoder().raw_decode(day.leaves, place)[0])


def _top(day: DayRoot) -> str:
    """The top of the tree over a day's leaves, made once for each text of leaves: there are thousands of them."""
    key = sha256_hex(day.leaves.encode())
    if key not in _tops:
        if len(_tops) >= _MOST_TOPS:
            _tops.clear()
        _tops[key] = merkle.tree_hash([leaf.hash() for leaf in leaves_of(day)]).hex()
    return _tops[key]


_MOST_TOPS = 64
_tops: dict[str, str] = {}


def get_membership(day: date, account: PropAccount) -> Membership:
    """The account's place in a day's tree; raises NotFound where the day is not sealed or has nothing of it."""
    sealed = get_day(day)
    leaves = list(leaves_of(sealed))
    place = next((at for at, leaf in enumerate(leaves) if leaf.account == account.public_id), None)
    if place is None:
        raise NotFound(f"The account had done nothing by the end of {day.isoformat()}.", code="NO_LEAF")
    hashes = [leaf.hash() for leaf in leaves]
    path = tuple(merkle.path_of(place, hashes))
    return Membership(sealed, leaves[place], hashes[place].hex(), path)


def digest_at(account: str, chain: str, sequence: int) -> str:
    """The digest of a link of one of an account's chains, "" where there is none."""
    if chain == "decisions":
        return decisions.find_record_digest(account, sequence)
    if chain == "executions":
        rows = ExecutionRecord.objects.filter(account__public_id=account, sequence=sequence)
        return rows.values_list("digest", flat=True).first() or ""
    entries = LedgerEntry.objects.filter(account__public_id=account, sequence=sequence)
    return entries.values_list("hash", flat=True).first() or ""
