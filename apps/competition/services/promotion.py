"""The promotion queue and the Arena's slots: first in, first out, one clone a slot."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from apps.clones import queries as clones
from apps.clones import services as clone_services
from apps.clones.types import ENDED, CloneStatus
from apps.competition.models import ArenaMembership, Audition, PromotionEntry
from apps.competition.services.policies import policy_for
from apps.competition.types import ENTRY_TRANSITIONS, EntryStatus, RulebookTerms
from apps.core import states
from apps.core.errors import Conflict
from apps.operations import audit
from apps.operations.audit import Actor
from apps.operations.cadence import Report
from apps.trading.services import accounts
from apps.trading.types import OPEN_STATUSES, Purpose

SEQUENCE_TRIES = 5
WORKER = Actor.system("competition.admit-from-queue")


def enqueue(*, audition: Audition, now: datetime) -> PromotionEntry:
    """Put a passed audition's clone at the end of the queue; its entry where it stands there already."""
    existing = PromotionEntry.objects.filter(audition=audition).first()
    if existing is not None:
        return existing
    for _ in range(SEQUENCE_TRIES):
        last = PromotionEntry.objects.aggregate(last=Max("sequence"))["last"] or 0
        try:
            with transaction.atomic():
                return _join(audition=audition, sequence=last + 1, now=now)
        except IntegrityError:
            # Another audition took the number between the read and the insert; the unique constraint says so.
            continue
    raise Conflict(
        "The promotion queue is busy; the next look tries again.", code="QUEUE_BUSY", retryable=True
    )


def _join(*, audition: Audition, sequence: int, now: datetime) -> PromotionEntry:
    entry = PromotionEntry.objects.create(
        sequence=sequence, clone_id=audition.clone_id, audition=audition, waiting_since=now
    )
    clone_services.place_hold(clone=audition.clone, purpose="queue", reference=place_of(entry), now=now)
    return entry


def place_of(entry: PromotionEntry) -> str:
    """The name under which a place in the queue holds its clone."""
    return f"queue:{entry.sequence}"


def slot_of(membership: ArenaMembership) -> str:
    """The name under which a slot of the Arena holds its clone."""
    return f"arena:{membership.public_id}"


def run_arena(*, now: datetime, limit: int) -> Report:
    """Free the slots and places that are lost, then fill free slots from the queue."""
    ended = end_unfit(now=now, limit=limit)
    removed = remove_ended(now=now, limit=limit)
    admitted = admit_waiting(now=now, limit=limit)
    return Report(
        seen=ended.seen + removed + admitted.seen,
        done=ended.done + removed + admitted.done,
        skipped=admitted.skipped,
        failed=ended.failed,
        errors=ended.errors,
    )


def admit_waiting(*, now: datetime, limit: int) -> Report:
    """Fill free slots from the head of the queue; an entry that may not enter now keeps its place and says why."""
    live = ArenaMembership.objects.filter(ended_at__isnull=True)
    members = dict(live.values_list("clone_id", "slot_number"))
    free = sorted(set(range(1, settings.ARENA_SLOTS + 1)) - set(members.values()))
    waiting = PromotionEntry.objects.filter(status=EntryStatus.WAITING).select_related(
        "clone", "audition__rulebook"
    )
    entries = list(waiting.order_by("sequence")[:limit])
    published = clones.published_among(entry.clone_id for entry in entries) if free else set()
    done = 0
    blocked: dict[str, list[PromotionEntry]] = {}
    for entry in entries:
        if done == len(free):
            break
        obstacle = _obstacle(entry, published=published, members=members)
        if obstacle:
            blocked.setdefault(obstacle, []).append(entry)
            continue
        slot = free[done]
        admit(entry=entry, slot_number=slot, by=WORKER, now=now)
        members[entry.clone_id] = slot
        done += 1
    _tell(blocked)
    return Report(seen=len(entries), done=done, skipped=sum(map(len, blocked.values())), failed=0)


def _obstacle(entry: PromotionEntry, *, published: Collection[int], members: Collection[int]) -> str:
    if entry.clone.status != CloneStatus.LIVE:
        return "PROFILE_NOT_LIVE"
    if entry.clone_id not in published:
        return "NOT_PUBLISHED"
    return "ALREADY_COMPETING" if entry.clone_id in members else ""


def _tell(blocked: Mapping[str, Sequence[PromotionEntry]]) -> None:
    """Write each reason on the waiting entries that do not carry it yet, in one statement a reason."""
    for reason, entries in blocked.items():
        news = [entry.pk for entry in entries if entry.reason != reason]
        if news:
            PromotionEntry.objects.filter(pk__in=news, status=EntryStatus.WAITING).update(reason=reason)


def admit(*, entry: PromotionEntry, slot_number: int, by: Actor, now: datetime) -> ArenaMembership:
    """Give a waiting clone a slot and a fresh account. Raises `IllegalTransition` where it no longer waits."""
    terms = RulebookTerms.from_document(entry.audition.rulebook.document)
    with transaction.atomic():
        states.advance(entry, to=EntryStatus.ADMITTED, table=ENTRY_TRANSITIONS, reason="", decided_at=now)
        version = clones.active_version(entry.clone)
        if version is None:
            raise Conflict("The clone has no published strategy.", code="NOT_PUBLISHED")
        account = accounts.open_account(
            clone=entry.clone,
            purpose=Purpose.ARENA,
            policy=policy_for(version=version, terms=terms),
            starting_micros=terms.start_micros,
            reference=f"arena:entry:{entry.sequence}",
            by=by,
            now=now,
        )
        membership = ArenaMembership.objects.create(
            clone=entry.clone, entry=entry, account=account, slot_number=slot_number, started_at=now
        )
        # The slot holds the clone before the place lets it go, so that no deletion fits in between.
        clone_services.place_hold(clone=entry.clone, purpose="arena", reference=slot_of(membership), now=now)
        clone_services.release_hold(reference=place_of(entry), now=now)
        audit.record(
            verb="competition.clone.admitted",
            by=by,
            subject=membership.public_id,
            now=now,
            detail={"slot": slot_number, "sequence": entry.sequence},
        )
    return membership


def remove_entry(*, entry: PromotionEntry, reason: str, by: Actor, now: datetime) -> None:
    """Take a waiting clone out of the queue. Raises `IllegalTransition` where it no longer waits."""
    with transaction.atomic():
        states.advance(entry, to=EntryStatus.REMOVED, table=ENTRY_TRANSITIONS, reason=reason, decided_at=now)
        clone_services.release_hold(reference=place_of(entry), now=now)
        audit.record(
            verb="competition.entry.removed", by=by, subject=f"queue:{entry.sequence}", reason=reason, now=now
        )


def end_membership(*, membership: ArenaMembership, reason: str, by: Actor, now: datetime) -> None:
    """Free a slot: close the membership and its account. Raises `Conflict` where it has ended already."""
    with transaction.atomic():
        ended = ArenaMembership.objects.filter(pk=membership.pk, ended_at__isnull=True).update(
            ended_at=now, reason=reason
        )
        if not ended:
            raise Conflict("This membership has ended already.", code="STATE_CHANGED")
        if membership.account.status in OPEN_STATUSES:
            accounts.close_account(account=membership.account, reason=reason, by=by, now=now)
        clone_services.release_hold(reference=slot_of(membership), now=now)
        audit.record(
            verb="competition.membership.ended", by=by, subject=membership.public_id, reason=reason, now=now
        )


def end_unfit(*, now: datetime, limit: int) -> Report:
    """Free the slots whose account was liquidated or closed, or whose clone is no longer live.

    A clone that is reinstated later has lost its slot; the account and its history stay. An account that cannot be
    closed now (no believable price, a halt) keeps its slot and is reported as failed; the next look tries again.
    """
    fit = Q(account__status__in=OPEN_STATUSES, clone__status=CloneStatus.LIVE)
    unfit = ArenaMembership.objects.filter(~fit, ended_at__isnull=True).select_related("account", "clone")
    memberships = list(unfit.order_by("id")[:limit])
    errors: list[str] = []
    for membership in memberships:
        try:
            end_membership(membership=membership, reason=_unfitness(membership), by=WORKER, now=now)
        except (
            Exception
        ) as error:  # one slot must never hold up the others; it is reported and looked at again
            errors.append(f"{membership.public_id}: {error}")
    failed = len(errors)
    return Report(seen=len(memberships), done=len(memberships) - failed, failed=failed, errors=tuple(errors))


def _unfitness(membership: ArenaMembership) -> str:
    if membership.account.status not in OPEN_STATUSES:
        return f"account {membership.account.status}"
    return _absence(membership.clone.status)


def remove_ended(*, now: datetime, limit: int) -> int:
    """Take clones out of the queue that were retired or deleted; returns how many. A hidden one keeps its place."""
    gone = PromotionEntry.objects.filter(status=EntryStatus.WAITING, clone__status__in=ENDED)
    entries = list(gone.select_related("clone").order_by("sequence")[:limit])
    for entry in entries:
        remove_entry(entry=entry, reason=_absence(entry.clone.status), by=WORKER, now=now)
    return len(entries)


def _absence(status: str) -> str:
    return "CLONE_RETIRED" if status in ENDED else "PROFILE_NOT_LIVE"
