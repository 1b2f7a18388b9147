"""The promotion queue: who passed joins at its end, and free slots of the Arena are filled from its head."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from apps.clones import queries as clones
from apps.clones import services as clone_services
from apps.clones.types import ENDED
from apps.competition.models import ArenaMembership, Audition, PromotionEntry
from apps.competition.services import memberships, obstacles, turns
from apps.competition.services.policies import policy_for
from apps.competition.types import ENTRY_TRANSITIONS, EntryStatus, Obstacle, RulebookTerms
from apps.core import states
from apps.core.errors import Conflict, DomainError, IllegalTransition
from apps.operations import audit, failpoints
from apps.operations.audit import Actor
from apps.operations.cadence import Report
from apps.trading.services import accounts
from apps.trading.types import Purpose

PAGE = 200
WORKER = Actor.system("competition.admit-from-queue")


def enqueue(*, audition: Audition, now: datetime) -> PromotionEntry:
    """Put a passed audition's clone at the end of the queue; its entry where it stands there already."""
    with transaction.atomic():
        # Whoever wants the next number waits until this one is committed or undone, so that none is left out.
        turns.take(turns.NUMBERS)
        existing = PromotionEntry.objects.filter(audition=audition).first()
        if existing is not None:
            return existing
        last = PromotionEntry.objects.aggregate(last=Max("sequence"))["last"] or 0
        entry = PromotionEntry.objects.create(
            sequence=last + 1, clone_id=audition.clone_id, audition=audition, waiting_since=now
        )
        clone_services.place_hold(clone=audition.clone, purpose="queue", reference=place_of(entry), now=now)
    return entry


def place_of(entry: PromotionEntry) -> str:
    """The name under which a place in the queue holds its clone."""
    return f"queue:{entry.sequence}"


def run_arena(*, now: datetime, limit: int, by: Actor = WORKER) -> Report:
    """Free the slots and places that are lost, then fill free slots from the queue; safe to run twice at once."""
    return (
        memberships.end_unfit(by=by, now=now, limit=limit)
        + remove_ended(by=by, now=now, limit=limit)
        + admit_waiting(by=by, now=now, limit=limit)
    )


def admit_waiting(*, now: datetime, limit: int, by: Actor = WORKER) -> Report:
    """Fill free slots from the head of the queue, at most `limit`, in one transaction and one at a time.

    Every waiting entry is looked at, so that nobody waits behind those who may not enter: they keep their places, and
    what stands in their way is noted.
    """
    report = Report()
    with transaction.atomic():
        turns.take(turns.SLOTS)
        live = ArenaMembership.objects.filter(ended_at__isnull=True)
        members = dict(live.values_list("clone_id", "slot_number"))
        free = sorted(set(range(1, settings.ARENA_SLOTS + 1)) - set(members.values()))[:limit]
        for entries in _pages():
            standing = obstacles.obstacles(entries, members=members)
            report += _admit_page(entries, free=free, standing=standing, by=by, now=now)
            obstacles.note(entries, standing=standing, now=now)
        failpoints.reach("competition.before-arena-commit")
    failpoints.reach("competition.after-arena-commit")
    return report


def _pages() -> Iterator[list[PromotionEntry]]:
    """The waiting entries from the head of the queue, with what their obstacles are read from."""
    waiting = PromotionEntry.objects.filter(status=EntryStatus.WAITING).order_by("sequence")
    waiting = waiting.select_related("clone", "audition__rulebook", "audition__entitlement")
    last = 0
    while page := list(waiting.filter(sequence__gt=last)[:PAGE]):
        last = page[-1].sequence
        yield page


def _admit_page(
    entries: list[PromotionEntry], *, free: list[int], standing: dict[int, str], by: Actor, now: datetime
) -> Report:
    """Admit who may enter while slots are free, which are used up; what kept somebody out is added to `standing`."""
    done, errors = 0, []
    for entry in entries:
        if standing[entry.pk] or not free:
            continue
        try:
            admit(entry=entry, slot_number=free[0], by=by, now=now)
        except IllegalTransition:
            continue  # it was removed since the page was read
        except DomainError as refused:
            standing[entry.pk] = refused.code
        except (
            Exception
        ) as error:  # one clone must never hold up the others; it is reported and looked at again
            standing[entry.pk] = "ADMISSION_FAILED"
            errors.append(f"{place_of(entry)}: {error}")
        else:
            free.pop(0)
            done += 1
    skipped = sum(map(bool, standing.values())) - len(errors)
    return Report(seen=len(entries), done=done, skipped=skipped, failed=len(errors), errors=tuple(errors))


def admit(*, entry: PromotionEntry, slot_number: int, by: Actor, now: datetime) -> ArenaMembership:
    """Give a waiting clone a slot and a fresh account.

    Raises `IllegalTransition` where it no longer waits, Conflict ALREADY_MEMBER, SLOT_TAKEN, NOT_PUBLISHED.
    """
    terms = RulebookTerms.from_document(entry.audition.rulebook.document)
    with transaction.atomic():
        states.advance(entry, to=EntryStatus.ADMITTED, table=ENTRY_TRANSITIONS, reason="", decided_at=now)
        _require_paid(entry)
        version = clones.active_version(entry.clone)
        if version is None:
            raise Conflict("The clone has no published strategy.", code=Obstacle.NOT_PUBLISHED)
        account = accounts.open_account(
            clone=entry.clone,
            purpose=Purpose.ARENA,
            policy=policy_for(version=version, terms=terms),
            starting_micros=terms.start_micros,
            reference=f"arena:entry:{entry.sequence}",
            by=by,
            now=now,
        )
        membership = _seat(entry, account=account, slot_number=slot_number, now=now)
        failpoints.reach("competition.after-membership")
        # The slot holds the clone before the place lets it go, so that no deletion fits in between.
        clone_services.place_hold(
            clone=entry.clone, purpose="arena", reference=memberships.slot_of(membership), now=now
        )
        clone_services.release_hold(reference=place_of(entry), now=now)
        audit.record(
            verb="competition.clone.admitted",
            by=by,
            subject=membership,
            now=now,
            detail={"slot": slot_number, "sequence": entry.sequence},
        )
    return membership


def _require_paid(entry: PromotionEntry) -> None:
    """Refuse a place whose audition is flagged or lost its grant, as it is now; nobody changes that before the commit."""
    # Grant, then audition: as who takes a payment back locks them.
    grant = clone_services.lock_entitlement(entitlement=entry.audition.entitlement)
    if grant.revoked_at is not None:
        raise Conflict("The grant of its audition was withdrawn.", code=Obstacle.ENTITLEMENT_LOST)
    audition = Audition.objects.select_for_update().get(pk=entry.audition_id)
    if audition.flagged_at is not None:
        raise Conflict("What was paid for its audition is in doubt.", code=Obstacle.AUDITION_FLAGGED)


def _seat(entry: PromotionEntry, *, account: Any, slot_number: int, now: datetime) -> ArenaMembership:
    try:
        with transaction.atomic():
            return ArenaMembership.objects.create(
                clone=entry.clone, entry=entry, account=account, slot_number=slot_number, started_at=now
            )
    except IntegrityError as error:
        # The unique constraints decide; this only says in words which of them it was.
        if ArenaMembership.objects.filter(clone=entry.clone, ended_at__isnull=True).exists():
            raise Conflict("This clone has a slot already.", code=Obstacle.ALREADY_MEMBER) from error
        raise Conflict("This slot has just been taken.", code="SLOT_TAKEN", retryable=True) from error


def remove_entry(*, entry: PromotionEntry, reason: str, by: Actor, now: datetime) -> None:
    """Take a waiting clone out of the queue. Raises `IllegalTransition` where it no longer waits."""
    with transaction.atomic():
        states.advance(
            entry, to=EntryStatus.REMOVED, table=ENTRY_TRANSITIONS, reason=reason[:200], decided_at=now
        )
        clone_services.release_hold(reference=place_of(entry), now=now)
        audit.record(verb="competition.entry.removed", by=by, subject=place_of(entry), reason=reason, now=now)


def remove_ended(*, by: Actor, now: datetime, limit: int) -> Report:
    """Take clones out of the queue that were retired or deleted. A hidden one keeps its place."""
    gone = PromotionEntry.objects.filter(status=EntryStatus.WAITING, clone__status__in=ENDED)
    entries = list(gone.select_related("clone").order_by("sequence")[:limit])
    done = 0
    for entry in entries:
        try:
            remove_entry(entry=entry, reason=obstacles.absence(entry.clone.status), by=by, now=now)
        except IllegalTransition:
            continue  # another look was first
        done += 1
    return Report(seen=len(entries), done=done)
