"""Reads of capital on chain: levels with their changes, and series; always the newest revision that was knowable."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from apps.core.moments import read_moment
from apps.core.tables import ask, moment
from apps.market.models import CapitalPoint
from apps.market.types import CHAIN_OF, CapitalLevel, CapitalMetric, CapitalValue, Channel, SubjectKind

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
OLDEST_LEVEL = timedelta(days=9)
"""A subject whose newest figure is older than this has no level any more."""
_POINTS = CapitalPoint._meta.db_table


class _Point(NamedTuple):
    """The columns that are read of a stored figure."""

    channel: str
    metric: str
    kind: str
    subject: str
    revision: int
    value_micros: int
    is_provisional: bool
    source: str
    at: datetime
    knowable_at: datetime


_PLAIN = ", ".join(_Point._fields[:-2])
# Every figure has one first revision: they are found by a small index, whatever came after them.
_NEWEST = (
    f"SELECT {_PLAIN}, CAST(at AS text), CAST(knowable_at AS text) FROM {_POINTS} WHERE id IN (SELECT"
    f" (SELECT n.id FROM {_POINTS} n WHERE n.metric = f.metric AND n.kind = f.kind AND n.subject = f.subject"
    " AND n.at = f.at AND n.knowable_at <= %s ORDER BY n.revision DESC LIMIT 1)"
    f" FROM {_POINTS} f WHERE f.revision = 0 AND f.at > %s AND f.at <= %s AND f.knowable_at <= %s{{about}})"
    " ORDER BY metric, kind, subject, at"
)


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
    return list(_levels(_named(wanted), list(wanted.values()), at))


def capital_for(symbol: str, *, at: datetime) -> list[CapitalLevel]:
    """Return the global levels, and those of the chain that an asset stands for (`CHAIN_OF`), knowable at `at`."""
    if symbol not in CHAIN_OF:
        return list_capital(at=at, kind=SubjectKind.GLOBAL)
    either = " AND (f.kind = %s OR f.kind = %s AND f.subject = %s)"
    return list(_levels(either, [SubjectKind.GLOBAL, SubjectKind.CHAIN, CHAIN_OF[symbol]], at))


def capital_series(
    metric: CapitalMetric, *, kind: SubjectKind, subject: str, at: datetime, days: int = 90
) -> list[CapitalValue]:
    """Return one subject's figures of the last `days` days, ascending, each as knowable at `at`."""
    about = {"metric": metric, "kind": kind, "subject": subject}
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
        for row in _newest(_named(about), list(about.values()), at, days * DAY)
    ]


def _named(wanted: Iterable[str]) -> str:
    return "".join(f" AND f.{name} = %s" for name in wanted)


def _newest(about: str, values: Sequence[str], at: datetime, span: timedelta) -> Iterator[_Point]:
    """The newest knowable revision of each figure in (at - span, at], by metric, kind, subject and time."""
    known = moment(at)
    given = [known, moment(at - span), known, known, *map(str, values)]
    for *plain, taken, knowable in ask(_NEWEST.format(about=about), given):
        yield _Point(*[*plain, read_moment(taken), read_moment(knowable)])


def _levels(about: str, values: Sequence[str], at: datetime) -> Iterator[CapitalLevel]:
    found = _newest(about, values, at, OLDEST_LEVEL + WEEK + DAY)
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


def _before(points: list[_Point], until: datetime) -> _Point | None:
    """The last figure at or before a moment, None where it is more than a day older."""
    older = [point for point in points if until - DAY < point.at <= until]
    return older[-1] if older else None
