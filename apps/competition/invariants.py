"""What must always hold in competition; each check returns what breaks it."""

from django.db.models import Count, F, Q

from apps.clones import queries as clones
from apps.competition.models import ArenaMembership, Audition, PromotionEntry
from apps.competition.services.auditions import hold_of
from apps.competition.services.promotion import place_of, slot_of
from apps.competition.types import AuditionStatus, EntryStatus
from apps.operations.invariants import invariant


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


@invariant("I-25", "The queue is first in, first out.")
def queue_is_fifo() -> list[str]:
    """Entries admitted while an earlier one waited with nothing against it."""
    earlier = (
        PromotionEntry.objects.filter(status=EntryStatus.WAITING, reason="").order_by("sequence").first()
    )
    if earlier is None:
        return []
    late = PromotionEntry.objects.filter(
        status=EntryStatus.ADMITTED, sequence__gt=earlier.sequence, decided_at__gt=earlier.waiting_since
    )
    return [f"queue:{entry.sequence} before queue:{earlier.sequence}" for entry in late]


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
