"""Reporting a public profile, and what an operator makes of a report."""

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.crypto import salted_hmac

from apps.clones.models import Clone, Report
from apps.clones.naming import clean_text
from apps.clones.types import REPORT_TRANSITIONS, ReportCategory, ReportStatus
from apps.core import limits, states
from apps.core.errors import IllegalTransition, InvalidInput
from apps.operations import audit

TEXT_LENGTH = 500
REPORT_RATE = "10/hour"
NETWORK_REPORT_RATE = "60/hour"
VISITOR = audit.Actor.system("clones.visitor")


def file_report(
    *, clone: Clone, reporter: Any, network: str, category: str, text: str, now: datetime
) -> tuple[Report, bool]:
    """Count and file what a user, or None for a visitor of this network, sent; raises RateLimited and as
    `report_clone`.
    """
    key = _counted(reporter=reporter, network=network)
    return report_clone(
        clone=clone, reporter=reporter, reporter_key=key, category=category, text=text, now=now
    )


def _counted(*, reporter: Any, network: str) -> str:
    """Who reports, counted: a person by public id, a visitor by a keyed hash of the network; raises RateLimited.

    Both are counted by network too, so that many fresh wallets behind one do not report more than one person does.
    """
    hashed = salted_hmac("clones.reporter", network, algorithm="sha256").hexdigest()
    key = str(reporter.public_id) if reporter else hashed
    limits.take("clones.report-network", hashed, rate=NETWORK_REPORT_RATE)
    limits.take("clones.report", key, rate=REPORT_RATE)
    return key


@transaction.atomic
def report_clone(
    *,
    clone: Clone,
    reporter: Any,
    reporter_key: str,
    category: str,
    text: str,
    now: datetime,
) -> tuple[Report, bool]:
    """File a report, by a user or by None for a visitor; one about this clone that the reporter has open is returned
    instead, with False.

    Raises InvalidInput for an unknown category or a text that cannot be.
    """
    if category not in ReportCategory.values:
        raise InvalidInput("Name one of the known categories.", code="CATEGORY_INVALID")
    terms = {"category": category, "text": clean_text(text, longest=TEXT_LENGTH)}
    # Of two that come at once the constraint lets one in; the other reads it.
    report, is_new = Report.objects.get_or_create(
        clone=clone,
        reporter_key=reporter_key,
        status=ReportStatus.OPEN,
        defaults={**terms, "reporter": reporter, "reported_at": now},
    )
    if is_new:
        by = audit.Actor.user(reporter) if reporter else VISITOR
        detail = {"clone": clone.public_id, "category": category}
        audit.record(verb="clones.report.filed", by=by, subject=report, detail=detail, now=now)
    return report, is_new


def resolve_report(*, report: Report, to: str, reason: str, by: audit.Actor, now: datetime) -> Report:
    """Uphold or dismiss one report.

    Raises IllegalTransition when somebody decided before; what was asked for is in the audit record even so.
    """
    try:
        return settle(report, to=to, reason=reason, by=by, now=now)
    except IllegalTransition as late:
        detail = {"asked": to, "code": late.code}
        audit.record(
            verb="clones.report.refused", by=by, subject=report, reason=reason, detail=detail, now=now
        )
        raise


@transaction.atomic
def settle(report: Report, *, to: str, reason: str, by: audit.Actor, now: datetime) -> Report:
    """Close one report by compare-and-set, with its audit event, as a part of a bigger act or alone."""
    states.advance(
        report,
        to=to,
        table=REPORT_TRANSITIONS,
        resolved_at=now,
        resolved_by=person_of(by),
        resolution=reason,
    )
    audit.record(verb=f"clones.report.{to}", by=by, subject=report, reason=reason, now=now)
    return report


def person_of(by: audit.Actor) -> Any:
    """The signed-in person who acts; None for a part of the system."""
    if by.kind != "user":
        return None
    return get_user_model()._default_manager.filter(public_id=by.identifier).first()
