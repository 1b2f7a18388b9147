"""Reads of capital on chain: levels with their changes, and series; always the newest revision that was knowable."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import OuterRef, Q, QuerySet, Subquery

from apps.market.models import CapitalPoint
from apps.market.types import CHAIN_OF, CapitalLevel, CapitalMetric, CapitalValue, Channel, SubjectKind

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
OLDEST_LEVEL = timedelta(days=9)
"""A subject whose newest figure is older than this has no level any more."""


def list_capital(
    *,
    at: datetime,
    channel: Channel | None = None,
    kind: SubjectKind | None = None,
    subject: str | None = None,
) -> list[CapitalLevel]:
    """Return the level of every metric and subject that has one, as knowable at `at`; one read.

    Ordered by metric, kind and subject. A change compares with the figure of one day (or week) before the newest.
    """
    given = {"channel": channel, "kind": kind, "subject": subject}
    wanted = {name: value for name, value in given.items() if value is not None}
    return list(_levels(CapitalPoint.objects.filter(**wanted), at))


def capital_for(symbol: str, *, at: datetime) -> list[CapitalLevel]:
    """Return the global levels, and those of the chain that an asset stands for (`CHAIN_OF`), knowable at `at`."""
    about = Q(kind=SubjectKind.GLOBAL)
    if symbol in CHAIN_OF:
        about |= Q(kind=SubjectKind.CHAIN, subject=CHAIN_OF[symbol])
    return list(_levels(CapitalPoint.objects.filter(about), at))


def capital_series(
    metric: CapitalMetric, *, kind: SubjectKind, subject: str, at: datetime, days: int = 90
) -> list[CapitalValue]:
    """Return one subject's figures of the last `days` days, ascending, each as knowable at `at`."""
    rows = CapitalPoint.objects.filter(metric=metric, kind=kind, subject=subject)
    return [
        CapitalValue(
            metric=row.metric,
            kind=row.kind,
            subject=row.subject,
            at=row.at,
            value_micros=row.value_micros,
            is_provisional=row.is_provisional,
            revision=row.revision,
            knowable_at=row.knowable_at,
        )
        for row in _newest(rows, at, days * DAY)
    ]


def _newest(rows: QuerySet[CapitalPoint], at: datetime, span: timedelta) -> Iterable[CapitalPoint]:
    """The newest knowable revision of each figure in (at - span, at], by metric, kind, subject and time."""
    same = {name: OuterRef(name) for name in ("metric", "kind", "subject", "at")}
    newest = CapitalPoint.objects.filter(**same, knowable_at__lte=at).order_by("-revision")
    # Every figure has one first revision: they are found by a small index, whatever came after them.
    firsts = rows.filter(revision=0, at__gt=at - span, at__lte=at, knowable_at__lte=at)
    keys = firsts.values_list(Subquery(newest.values("pk")[:1]), flat=True)
    return CapitalPoint.objects.filter(pk__in=keys).order_by("metric", "kind", "subject", "at")


def _levels(rows: QuerySet[CapitalPoint], at: datetime) -> Iterator[CapitalLevel]:
    found = _newest(rows, at, OLDEST_LEVEL + WEEK + DAY)
    for _, group in groupby(found, key=lambda row: (row.metric, row.kind, row.subject)):
        points = list(group)
        newest = points[-1]
        if newest.at <= at - OLDEST_LEVEL:
            continue
        day, week = (_before(points, newest.at - span) for span in (DAY, WEEK))
        yield CapitalLevel(
            channel=newest.channel,
            metric=newest.metric,
            kind=newest.kind,
            subject=newest.subject,
            at=newest.at,
            value_micros=newest.value_micros,
            day_ago_micros=day.value_micros if day else None,
            week_ago_micros=week.value_micros if week else None,
            is_provisional=newest.is_provisional,
            revision=newest.revision,
            source=newest.source,
            knowable_at=max(point.knowable_at for point in (newest, day, week) if point),
        )


def _before(points: list[CapitalPoint], moment: datetime) -> CapitalPoint | None:
    """The last figure at or before a moment, None where it is more than a day older."""
    older = [point for point in points if moment - DAY < point.at <= moment]
    return older[-1] if older else None
