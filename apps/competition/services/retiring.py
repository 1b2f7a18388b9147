"""Auditions whose clone was retired while they ran: they are failed, and nothing is given back by itself."""

from datetime import datetime
from functools import partial

from apps.clones.types import ENDED
from apps.competition.models import Audition
from apps.competition.services.settling import settle
from apps.competition.types import AuditionStatus, Verdict
from apps.core.errors import IllegalTransition
from apps.core.retries import retry_busy
from apps.operations.audit import Actor
from apps.operations.cadence import Report

REASON = "CLONE_RETIRED"


def fail_retired(*, by: Actor, now: datetime, limit: int) -> Report:
    """Fail the running auditions of clones that decide nothing any more; one that is flagged waits for its payment.

    An operator who retires a clone whose player should have the fee back voids its audition first. An account that
    cannot be closed now is reported as failed, and the next look tries again.
    """
    gone = Audition.objects.filter(
        status=AuditionStatus.RUNNING, flagged_at__isnull=True, clone__status__in=ENDED
    )
    due = list(gone.select_related("account", "clone").order_by("id")[:limit])
    done, errors = 0, []
    for audition in due:
        try:
            retry_busy(partial(_fail, audition, by=by, now=now))
        except IllegalTransition:
            continue  # it was judged or voided at this very moment
        except (
            Exception
        ) as error:  # one audition must never hold up the others; it is reported and looked at again
            errors.append(f"{audition.public_id}: {error}")
        else:
            done += 1
    return Report(seen=len(due), done=done, failed=len(errors), errors=tuple(errors))


def _fail(audition: Audition, *, by: Actor, now: datetime) -> None:
    settle(audition=audition, verdict=Verdict(AuditionStatus.FAILED, REASON, {}), by=by, now=now)
