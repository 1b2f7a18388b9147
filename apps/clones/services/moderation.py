"""What operators do to public profiles: hide, reinstate, retire, and decide the reports about them together."""

from datetime import datetime

from django.db import transaction

from apps.clones.models import Clone, Report
from apps.clones.services.reports import settle
from apps.clones.types import TRANSITIONS, CloneStatus, ReportStatus
from apps.core import states
from apps.core.errors import IllegalTransition, InvalidInput
from apps.operations import audit

ACTS = {CloneStatus.HIDDEN: "hidden", CloneStatus.LIVE: "reinstated", CloneStatus.RETIRED: "retired"}


def moderate_clone(*, clone: Clone, to: str, reason: str, by: audit.Actor, now: datetime) -> Clone:
    """Hide, reinstate or retire a clone: `to` is the status it gets.

    A hidden clone's profile disappears and trading goes on; a retired one decides nothing any more, for ever.
    Hiding and retiring uphold the open reports about it. Raises IllegalTransition when it is not in a state
    from which it may move there, say because another operator was first; what was asked for is in the audit
    record even so.
    """
    if to not in ACTS:
        raise InvalidInput("Operators hide, reinstate or retire.", code="ACT_UNKNOWN")
    verb = ACTS[CloneStatus(to)]
    try:
        with transaction.atomic():
            states.advance(clone, to=to, table=TRANSITIONS)
            audit.record(verb=f"clones.clone.{verb}", by=by, subject=clone, reason=reason, now=now)
            if to != CloneStatus.LIVE:
                _settle_open(clone, to=ReportStatus.UPHELD, reason=reason, by=by, now=now)
    except IllegalTransition as late:
        _record_refusal(clone, asked=verb, late=late, reason=reason, by=by, now=now)
        raise
    return clone


def dismiss_reports(*, clone: Clone, reason: str, by: audit.Actor, now: datetime) -> int:
    """Dismiss every open report about a clone and return how many.

    Raises IllegalTransition when none is open any more, say because another operator was first; what was asked
    for is in the audit record even so.
    """
    try:
        with transaction.atomic():
            # Whoever hides or retires the clone writes its row first, so the two take turns here.
            Clone.objects.select_for_update(no_key=True).get(pk=clone.pk)
            settled = _settle_open(clone, to=ReportStatus.DISMISSED, reason=reason, by=by, now=now)
            if not settled:
                raise IllegalTransition("No report about this clone is open any more.")
    except IllegalTransition as late:
        _record_refusal(clone, asked="reports-dismissed", late=late, reason=reason, by=by, now=now)
        raise
    return settled


def _settle_open(clone: Clone, *, to: str, reason: str, by: audit.Actor, now: datetime) -> int:
    # Locked in one order, so that single decisions about the same reports wait instead of colliding.
    reports = list(
        Report.objects.select_for_update().filter(clone=clone, status=ReportStatus.OPEN).order_by("pk")
    )
    for report in reports:
        settle(report, to=to, reason=reason, by=by, now=now)
    return len(reports)


def _record_refusal(
    clone: Clone, *, asked: str, late: IllegalTransition, reason: str, by: audit.Actor, now: datetime
) -> None:
    detail = {"asked": asked, "code": late.code}
    audit.record(verb="clones.clone.refused", by=by, subject=clone, reason=reason, detail=detail, now=now)
