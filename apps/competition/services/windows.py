"""The window of an audition: moved on by outages, and over once a mark of its end is there."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.competition.models import Audition
from apps.competition.types import AuditionStatus, Outage, RulebookTerms
from apps.operations import audit
from apps.operations.audit import Actor
from apps.trading.queries import outages


def extend(*, audition: Audition, terms: RulebookTerms, by: Actor, now: datetime) -> bool:
    """Move the end on by the minutes in which an asset of the clone had no usable price; whether one has none now.

    Only silences that are over count, each once: the end is always the planned one and all minutes found in the
    window, so that looking again changes nothing. What falls into the minutes won counts as well. A silence that began
    at the end or after it is no matter of the window.
    """
    if terms.outage == Outage.NONE:
        return False
    symbols = audition.account.policy["allowed_symbols"]
    spans = outages.list_outages(symbols=symbols, since=audition.started_at).order_by("began_at")
    found = audition.extended_minutes
    planned = audition.started_at + timedelta(minutes=terms.window_minutes)
    lasting = spans.filter(ended_at__isnull=True).values_list("began_at", flat=True).first()
    while True:
        end = planned + timedelta(minutes=found)
        if lasting is not None and lasting < end:
            return True
        minutes = outages.outage_minutes(symbols, audition.started_at, end)
        if minutes <= found:
            break
        found = minutes
    if found > audition.extended_minutes:
        _move_end(audition, minutes=found, ends_at=end, by=by, now=now)
    return False


@transaction.atomic
def _move_end(audition: Audition, *, minutes: int, ends_at: datetime, by: Actor, now: datetime) -> None:
    rows = Audition.objects.filter(
        pk=audition.pk, status=AuditionStatus.RUNNING, extended_minutes=audition.extended_minutes
    )
    if rows.update(extended_minutes=minutes, ends_at=ends_at):
        audit.record(
            verb="competition.audition.extended",
            by=by,
            subject=audition.public_id,
            detail={"minutes": minutes - audition.extended_minutes, "endsAt": ends_at.isoformat()},
            now=now,
        )
    audition.refresh_from_db(fields=["extended_minutes", "ends_at"])
