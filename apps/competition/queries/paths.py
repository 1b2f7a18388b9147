"""The path of an audition's account from mark to mark, as trading keeps it on record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from apps.competition import judging
from apps.competition.models import Audition
from apps.competition.types import Basis, Boundary, Breach, Mark, RulebookTerms, Watch
from apps.trading import queries as trading

MOST_MARKS = 5_000
"""Marks followed at one look; the next look goes on from there."""
_FIELDS = ("at", "equity_micros", "cash_micros")


def watch_of(audition: Audition) -> Watch:
    """How far the path was followed and what was found; its beginning where it was not followed yet."""
    kept: Mapping[str, Any] = audition.watch
    if not kept:
        terms = RulebookTerms.from_document(audition.rulebook.document)
        return judging.begin(terms, started_at=audition.started_at)
    through = kept["throughAt"]
    return Watch(
        value=kept["value"],
        peak=kept["peak"],
        day=kept["day"],
        day_start=kept["dayStart"],
        through_at=datetime.fromisoformat(through) if through else None,
        breach=breach_of(kept["breach"]) if kept["breach"] else None,
    )


def watch_document(watch: Watch) -> dict[str, Any]:
    """The form in which a watch is kept on its audition."""
    return {
        "value": watch.value,
        "peak": watch.peak,
        "day": watch.day,
        "dayStart": watch.day_start,
        "throughAt": watch.through_at.isoformat() if watch.through_at else "",
        "breach": breach_document(watch.breach) if watch.breach else None,
    }


def breach_of(document: Mapping[str, Any]) -> Breach:
    """A turning point as it is kept."""
    moment = datetime.fromisoformat(document["at"])
    return Breach(document["rule"], moment, document["before"], document["after"], document["limit"])


def breach_document(breach: Breach) -> dict[str, Any]:
    """The form in which a turning point is kept."""
    return {
        "rule": breach.rule,
        "at": breach.at.isoformat(),
        "before": breach.before,
        "after": breach.after,
        "limit": breach.limit,
    }


def marks_after(audition: Audition, moment: datetime | None) -> list[Mark]:
    """The marks that came after a moment, oldest first, at most `MOST_MARKS`."""
    rows = _snapshots(audition).order_by("at")
    rows = rows.filter(at__gt=moment) if moment is not None else rows
    return [Mark(*row) for row in rows.values_list(*_FIELDS)[:MOST_MARKS]]


def marks_between(audition: Audition, since: datetime, until: datetime, *, most: int) -> list[Mark]:
    """The latest `most` marks between two moments, both included, oldest first."""
    rows = _snapshots(audition).filter(at__gte=since, at__lte=until).order_by("-at")
    return [Mark(*row) for row in reversed(rows.values_list(*_FIELDS)[:most])]


def last_marks(audition: Audition, *, until: datetime | None = None) -> list[Mark]:
    """The two newest marks, those up to a moment where one is named, oldest first."""
    rows = _snapshots(audition)
    rows = rows.filter(at__lte=until) if until is not None else rows
    return [Mark(*row) for row in reversed(rows.order_by("-at").values_list(*_FIELDS)[:2])]


def closing_mark(audition: Audition) -> Mark | None:
    """The first mark at or after the window's end: what the window is judged by; None until there is one."""
    rows = _snapshots(audition).filter(at__gte=audition.ends_at).order_by("at")
    row = rows.values_list(*_FIELDS).first()
    return Mark(*row) if row is not None else None


def first_lost(audition: Audition, terms: RulebookTerms) -> Mark | None:
    """The first mark whose equity had reached the static loss limit."""
    floor = judging.floor_micros(terms)
    beyond = "lte" if terms.loss_boundary == Boundary.INCLUSIVE else "lt"
    rows = _snapshots(audition).filter(**{f"equity_micros__{beyond}": floor}).order_by("at")
    row = rows.values_list(*_FIELDS).first()
    return Mark(*row) if row is not None else None


def value_at(terms: RulebookTerms, mark: Mark) -> int:
    """What the rulebook looks at, at a mark, in micro-dollars."""
    return mark.balance if terms.basis == Basis.BALANCE else mark.equity


def _snapshots(audition: Audition) -> QuerySet[Any]:
    return trading.list_snapshots(audition.account).select_related(None)
