"""Reads of reports: one by one for programs, gathered by clone for the people who decide."""

from collections import Counter
from typing import Any

from django.db.models import Case, Count, F, Min, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from apps.clones.models import Clone, Report
from apps.clones.types import CloneStatus, ReportCase, ReportCategory, ReportLine, ReportStatus
from apps.core.errors import NotFound

LINES_SHOWN = 5
_OPEN_FIRST = Case(When(status=ReportStatus.OPEN, then=Value(0)), default=Value(1))
_COUNTED = {"reports": Count("id"), "signed_in": Count("reporter"), "first_at": Min("reported_at")}


def list_reports(*, status: str | None = None) -> QuerySet[Report]:
    """Reports with their clones, newest first, of one status where given."""
    rows = Report.objects.select_related("clone", "reporter", "resolved_by")
    return rows if status is None else rows.filter(status=status)


def get_report(public_id: str) -> Report:
    """Return the report of this public id with its clone; raises NotFound."""
    report = list_reports().filter(public_id=public_id).first()
    if report is None:
        raise NotFound("There is no such report.", code="REPORT_NOT_FOUND")
    return report


def count_open_cases() -> int:
    """How many clones have open reports."""
    open_reports = Report.objects.filter(status=ReportStatus.OPEN).order_by()
    return open_reports.values("clone_id").distinct().count()


def count_hidden() -> int:
    """How many clones are hidden."""
    return Clone.objects.filter(status=CloneStatus.HIDDEN).count()


def open_cases(*, limit: int) -> list[ReportCase]:
    """The clones with open reports, the most reported first, as whoever decides reads them; four queries."""
    open_reports = Report.objects.filter(status=ReportStatus.OPEN).order_by()
    counted = open_reports.values("clone_id").annotate(reports=Count("id")).order_by("-reports", "clone_id")
    return _cases([row["clone_id"] for row in counted[:limit]])


def hidden_cases(*, limit: int) -> list[ReportCase]:
    """The hidden clones, the newest first, with the latest reports about them; four queries."""
    rows = Clone.objects.filter(status=CloneStatus.HIDDEN).order_by("-pk")
    return _cases(list(rows.values_list("pk", flat=True)[:limit]))


def _cases(keys: list[int]) -> list[ReportCase]:
    clones = {row.pk: row for row in Clone.objects.filter(pk__in=keys).select_related("owner")}
    about = Report.objects.filter(clone__in=keys)
    counts: dict[int, list[dict[str, Any]]] = {key: [] for key in keys}
    for count in about.order_by().values("clone_id", "status", "category").annotate(**_COUNTED):
        counts[count["clone_id"]].append(dict(count))
    place = Window(RowNumber(), partition_by="clone_id", order_by=[_OPEN_FIRST, F("pk").desc()])
    lines: dict[int, list[Report]] = {key: [] for key in keys}
    latest = about.annotate(place=place).filter(place__lte=LINES_SHOWN).select_related("reporter")
    for report in latest.order_by("place"):
        lines[report.clone_id].append(report)
    return [_case(clones[key], counts[key], lines[key]) for key in keys]


def _case(clone: Clone, counts: list[dict[str, Any]], lines: list[Report]) -> ReportCase:
    waiting = [count for count in counts if count["status"] == ReportStatus.OPEN]
    total = Counter[str]()
    for count in counts:
        total[count["status"]] += count["reports"]
    categories = {ReportCategory(count["category"]).label: count["reports"] for count in waiting}
    return ReportCase(
        clone_key=clone.pk,
        clone_public_id=clone.public_id,
        name=clone.name,
        description=clone.description,
        status=clone.status,
        owner=str(clone.owner),
        owner_key=clone.owner_id,
        image_digest=clone.image_digest,
        created_at=clone.created_at,
        categories=tuple(Counter(categories).most_common()),
        open_count=total[ReportStatus.OPEN],
        signed_in_count=sum(count["signed_in"] for count in waiting),
        upheld_count=total[ReportStatus.UPHELD],
        dismissed_count=total[ReportStatus.DISMISSED],
        oldest_at=min((count["first_at"] for count in waiting), default=None),
        lines=tuple(_line(report) for report in lines),
    )


def _line(report: Report) -> ReportLine:
    return ReportLine(
        public_id=report.public_id,
        category=report.get_category_display(),
        text=report.text,
        reporter=str(report.reporter) if report.reporter else "",
        status=report.status,
        reported_at=report.reported_at,
        resolution=report.resolution,
    )
