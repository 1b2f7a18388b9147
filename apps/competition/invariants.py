"""What must always hold in competition; each check returns what breaks it."""

from datetime import datetime

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from apps.clones import queries as clones
from apps.competition.models import ArenaMembership, Audition, PromotionEntry, QueueNote, RefundAuthorisation
from apps.competition.services.auditions import hold_of
from apps.competition.services.memberships import slot_of
from apps.competition.services.promotion import place_of
from apps.competition.types import AuditionStatus, EntryStatus, RefundDecision
from apps.core.append_only import installed_triggers, trigger_names
from apps.operations.invariants import invariant


@invariant("I-21", "At most one refund of a grant stands; who authorised it is not who asked.")
def refunds_take_two() -> list[str]:
    """Grants with two refunds that were not denied, and authorisations by nobody else."""
    standing = RefundAuthorisation.objects.exclude(status=RefundDecision.DENIED).order_by()
    twice = standing.values("entitlement_id").annotate(uses=Count("id")).filter(uses__gt=1)
    alone = Q(decided_by__isnull=True) | Q(decided_by=F("asked_by"))
    single = RefundAuthorisation.objects.filter(alone, status=RefundDecision.AUTHORISED)
    return [
        *(f"grant {row['entitlement_id']}" for row in twice),
        *single.values_list("public_id", flat=True),
    ]


@invariant(
    "I-22", "What is given back was not judged: its grant is withdrawn and its audition, if any, voided."
)
def refunded_grants_are_not_used() -> list[str]:
    """Standing refunds of grants that are live, or that an audition which was not voided has spent."""
    used = Q(entitlement__audition__isnull=False) & ~Q(entitlement__audition__status=AuditionStatus.VOIDED)
    standing = RefundAuthorisation.objects.exclude(status=RefundDecision.DENIED)
    wrong = standing.filter(used | Q(entitlement__revoked_at__isnull=True))
    return list(wrong.order_by("pk").values_list("public_id", flat=True))


@invariant("I-23", "A terminal audition has one result time and an account of its own.")
def terminal_auditions_have_a_result() -> list[str]:
    """Decided auditions without a time, and accounts shared by two auditions."""
    timeless = Audition.objects.exclude(status=AuditionStatus.RUNNING).filter(result_at__isnull=True)
    shared = Audition.objects.values("account_id").annotate(uses=Count("id")).filter(uses__gt=1)
    return [
        *timeless.values_list("public_id", flat=True),
        *(f"account {row['account_id']}" for row in shared),
    ]


@invariant("I-24", "A passed audition has exactly one place in the queue, any other none.")
def passed_auditions_are_queued() -> list[str]:
    """Passed auditions without an entry, and entries of auditions that did not pass."""
    unqueued = Audition.objects.filter(status=AuditionStatus.PASSED, promotion__isnull=True)
    unearned = PromotionEntry.objects.exclude(audition__status=AuditionStatus.PASSED)
    return [*unqueued.values_list("public_id", flat=True), *(f"queue:{entry.sequence}" for entry in unearned)]


MOST_ADMISSIONS = 200
"""How many of the latest admissions are looked at: earlier ones were when they were the latest."""
MOST_FOUND = 100


@invariant("I-25", "The queue is first in, first out: who was passed over had an obstacle, and it was noted.")
def queue_is_fifo() -> list[str]:
    """Entries that waited while a later one was admitted, with nothing noted against them; the latest admissions."""
    admitted = PromotionEntry.objects.filter(status=EntryStatus.ADMITTED).order_by("-decided_at", "-sequence")
    found = [
        (early, late.sequence)
        for late in admitted[:MOST_ADMISSIONS]
        if late.decided_at is not None
        for early in _passed_over(late.sequence, late.decided_at)
    ]
    return [f"queue:{late} before queue:{early}" for early, late in sorted(found)[:MOST_FOUND]]


def _passed_over(sequence: int, moment: datetime) -> list[int]:
    """Who stood ahead of an entry that was admitted at a moment, waited through it, and had no obstacle then.

    Entries of one look share its time: only who was decided later, or not yet, was passed over. An obstacle is what the
    last note before the moment names, or one of the moment itself.
    """
    notes = QueueNote.objects.filter(entry=OuterRef("pk"))
    before = notes.filter(at__lt=moment).order_by("-pk").values("reason")[:1]
    ahead = PromotionEntry.objects.filter(
        Q(decided_at__isnull=True) | Q(decided_at__gt=moment), sequence__lt=sequence
    ).annotate(stood=Coalesce(Subquery(before), Value("")))
    free = ahead.filter(~Exists(notes.filter(at=moment).exclude(reason="")), stood="")
    return list(free.order_by("sequence").values_list("sequence", flat=True)[:MOST_FOUND])


@invariant("I-26", "One open membership per clone and per slot.")
def one_membership_per_clone_and_slot() -> list[str]:
    """Clones and slots that are taken twice."""
    live = ArenaMembership.objects.filter(ended_at__isnull=True).order_by()
    clones = live.values("clone_id").annotate(uses=Count("id")).filter(uses__gt=1)
    slots = live.values("slot_number").annotate(uses=Count("id")).filter(uses__gt=1)
    return [*(f"clone {row['clone_id']}" for row in clones), *(f"slot {row['slot_number']}" for row in slots)]


@invariant("I-27", "A membership ends after it starts.")
def memberships_end_after_they_start() -> list[str]:
    """Memberships whose interval runs backwards."""
    wrong = ArenaMembership.objects.filter(Q(ended_at__isnull=False) & Q(ended_at__lt=F("started_at")))
    return list(wrong.values_list("public_id", flat=True))


@invariant("I-62", "What uses a clone holds it, and lets it go at its end.")
def users_hold_their_clones() -> list[str]:
    """Auditions, places and slots without an open hold of their clone, and holds of what is over."""
    running = Audition.objects.filter(status=AuditionStatus.RUNNING)
    waiting = PromotionEntry.objects.filter(status=EntryStatus.WAITING)
    members = ArenaMembership.objects.filter(ended_at__isnull=True)
    wanted = {(audition.clone_id, hold_of(audition)) for audition in running}
    wanted |= {(entry.clone_id, place_of(entry)) for entry in waiting}
    wanted |= {(member.clone_id, slot_of(member)) for member in members}
    held = clones.open_holds(purposes=("audition", "queue", "arena"))
    return [
        *(f"{reference} holds no clone" for _, reference in sorted(wanted - held)),
        *(f"{reference} is over and holds its clone" for _, reference in sorted(held - wanted)),
    ]


@invariant("I-41.queue", "Notes of the queue cannot be changed: their database triggers are in place.")
def notes_are_append_only() -> list[str]:
    """Triggers that are missing."""
    table = QueueNote._meta.db_table
    missing = set(trigger_names(table)) - installed_triggers(connection, table)
    return [f"trigger {name} is missing" for name in sorted(missing)]
