"""The end of an audition: state, account, place in the queue, hold and audit row, all in one transaction or none."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.clones import services as clone_services
from apps.competition.models import Audition
from apps.competition.services import promotion
from apps.competition.types import AUDITION_TRANSITIONS, AuditionStatus, Verdict
from apps.core import states
from apps.core.errors import Conflict
from apps.operations import audit, failpoints
from apps.operations.audit import Actor
from apps.trading.services import accounts
from apps.trading.types import OPEN_STATUSES

_LONGEST = 200


def hold_of(audition: Audition) -> str:
    """The name under which an audition holds its clone."""
    return f"audition:{audition.public_id}"


@transaction.atomic
def settle(*, audition: Audition, verdict: Verdict, by: Actor, now: datetime, turn: Any = None) -> None:
    """End a running audition with a verdict; `turn` is the mark that decided, kept with the figures.

    Raises `IllegalTransition` where it has ended already, `Conflict` AUDITION_FLAGGED where it may not be judged now,
    and what trading raises where the account cannot be closed at this moment.
    """
    # Whoever flags, voids or judges the same audition waits here; the first one's end is what the others find.
    standing = Audition.objects.select_for_update().get(pk=audition.pk)
    if standing.flagged_at is not None and verdict.status != AuditionStatus.VOIDED:
        raise Conflict(
            "What was paid for this audition is in doubt; it is not judged now.", code="AUDITION_FLAGGED"
        )
    reason, figures = verdict.reason[:_LONGEST], dict(verdict.figures)
    if turn is not None:
        figures["turn"] = turn
    states.advance(
        audition,
        to=verdict.status,
        table=AUDITION_TRANSITIONS,
        reason=reason,
        result=figures,
        result_at=now,
        deferred_reason="",
    )
    failpoints.reach("competition.after-verdict")
    if audition.account.status in OPEN_STATUSES:
        accounts.close_account(account=audition.account, reason=f"audition {verdict.status}", by=by, now=now)
    failpoints.reach("competition.after-closing")
    if verdict.status == AuditionStatus.PASSED:
        promotion.enqueue(audition=audition, now=now)
    failpoints.reach("competition.after-queueing")
    clone_services.release_hold(reference=hold_of(audition), now=now)
    audit.record(
        verb=f"competition.audition.{verdict.status}",
        by=by,
        subject=audition.public_id,
        reason=reason,
        detail=figures,
        now=now,
    )
    failpoints.reach("competition.before-settled")
