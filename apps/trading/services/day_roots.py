"""Seals every UTC day under one root over all chains, and checks a sealed day against the chains as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from apps.core.json_strict import dumps_canonical
from apps.decisions import queries as decisions
from apps.operations.types import Report
from apps.trading import merkle
from apps.trading.models import DayRoot, PropAccount
from apps.trading.queries import proofs
from apps.trading.queries.proofs import Head, Leaf

SETTLING = timedelta(minutes=5)
"""What began before midnight has ended by then: every transaction is dated when it begins."""
GRACE = timedelta(hours=1)
"""Decisions that are still open hold the seal up no longer than this."""
DAY = timedelta(days=1)
CHAINS = ("decisions", "executions", "ledger")


@dataclass(slots=True)
class DayCheck:
    """A sealed day beside the chains: what is wrong, and rows dated that day that were written after it was sealed.

    A late row is no fault: chains only grow, so the root of the next day has it.
    """

    day: DayRoot
    faults: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)


def seal_due_days(*, now: datetime, limit: int = 31) -> Report:
    """Seal every UTC day that has ended, the oldest first, at most `limit` of them.

    A day waits five minutes for what began in it, and up to an hour for its open decisions; what is written later still
    belongs to the root of the next day.
    """
    done = 0
    day = _first_unsealed()
    while day is not None and done < limit and proofs.end_of(day) + SETTLING <= now:
        end = proofs.end_of(day)
        if now < end + GRACE and decisions.has_open_runs(before=end):
            return Report(seen=done + 1, done=done, skipped=1)
        seal_day(day=day, now=now)
        done, day = done + 1, day + DAY
    return Report(seen=done, done=done)


def _first_unsealed() -> date | None:
    """The day after the last that is sealed, else that of the first account; None before there is one."""
    last = DayRoot.objects.order_by("-date").values_list("date", flat=True).first()
    if last is not None:
        return last + DAY
    begun: datetime | None = (
        PropAccount.objects.order_by("created_at").values_list("created_at", flat=True).first()
    )
    return None if begun is None else begun.date()


def seal_day(*, day: date, now: datetime) -> DayRoot:
    """Write the root of a day over the heads of all chains; of two at once one writes, and both have the same row."""
    leaves = proofs.heads_before(proofs.end_of(day))
    previous = DayRoot.objects.filter(date=day - DAY).values_list("root", flat=True).first() or ""
    tree = tree_of(leaves)
    row = DayRoot(
        date=day,
        leaves=dumps_canonical([leaf.document() for leaf in leaves]).decode("ascii"),
        leaves_count=len(leaves),
        tree=tree.hex(),
        previous_root=previous,
        root=merkle.root_hash(bytes.fromhex(previous), day.isoformat(), tree).hex(),
        made_at=now,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return proofs.get_day(day)
    return row


def tree_of(leaves: list[Leaf]) -> bytes:
    """The top of the tree over these leaves."""
    return merkle.tree_hash([leaf.hash() for leaf in leaves])


def check_day(day: date) -> DayCheck:
    """Compare a sealed day with its own leaves, with the day before, and with the chains; raises NotFound."""
    check = DayCheck(proofs.get_day(day))
    try:
        sealed = list(proofs.leaves_of(check.day))
    except proofs.DayDamaged as damaged:
        check.faults.append(damaged.detail)
        return check
    check.faults += [*_link_faults(check.day), *_tree_faults(check.day, sealed)]
    now = {leaf.account: leaf for leaf in proofs.heads_before(proofs.end_of(day))}
    for leaf in sealed:
        _compare(check, leaf, now.pop(leaf.account, None))
    for leaf in now.values():
        _compare(check, _empty(leaf.account), leaf)
    return check


def broken_links() -> Iterator[str]:
    """Every day whose root does not follow the root of the day before; a day left out is one."""
    previous: DayRoot | None = None
    for day in DayRoot.objects.defer("leaves").order_by("date").iterator():
        if previous is not None and day.date != previous.date + DAY:
            yield f"{day.date}: the day before it is not sealed, the last one is {previous.date}"
        elif day.previous_root != (previous.root if previous else ""):
            yield f"{day.date}: does not follow the root of the day before"
        if not _is_root(day):
            yield f"{day.date}: the root is not that of its tree"
        previous = day


def _is_root(day: DayRoot) -> bool:
    try:
        before, tree = bytes.fromhex(day.previous_root), bytes.fromhex(day.tree)
    except ValueError:
        return False
    return merkle.root_hash(before, day.date.isoformat(), tree).hex() == day.root


def _link_faults(day: DayRoot) -> Iterator[str]:
    if not _is_root(day):
        yield f"{day.date}: the root is not that of its tree"
    before = DayRoot.objects.filter(date=day.date - DAY).values_list("root", flat=True).first()
    is_first = not DayRoot.objects.filter(date__lt=day.date).exists()
    if day.previous_root != (before or "") or (before is None and not is_first):
        yield f"{day.date}: does not follow the root of the day before"


def _tree_faults(day: DayRoot, leaves: list[Leaf]) -> Iterator[str]:
    if tree_of(leaves).hex() != day.tree or len(leaves) != day.leaves_count:
        yield f"{day.date}: the tree is not that of its leaves"
    names = [leaf.account for leaf in leaves]
    if names != sorted(set(names)):
        yield f"{day.date}: the leaves are not one an account, sorted"


def _empty(account: str) -> Leaf:
    none = Head(0, "")
    return Leaf(account, none, none, none)


def _compare(check: DayCheck, sealed: Leaf, found: Leaf | None) -> None:
    """Each head that was sealed beside the one that the rows give now."""
    found = found or _empty(sealed.account)
    for chain, was, now in zip(CHAINS, sealed[1:], found[1:], strict=True):
        where = f"{check.day.date} {sealed.account} {chain}"
        if now.sequence < was.sequence:
            check.faults.append(
                f"{where}: link {was.sequence} was sealed, of that day there are {now.sequence}"
            )
        elif _digest_then(sealed.account, chain, was.sequence, now) != was.digest:
            check.faults.append(f"{where}: link {was.sequence} is not what was sealed")
        elif now.sequence > was.sequence:
            check.late.append(f"{where}: {now.sequence - was.sequence} links were written after the seal")


def _digest_then(account: str, chain: str, sequence: int, now: Head) -> str:
    """What the chain has at a place: mostly the head that was read with all others."""
    if sequence == 0:
        return ""
    return now.digest if sequence == now.sequence else proofs.digest_at(account, chain, sequence)
