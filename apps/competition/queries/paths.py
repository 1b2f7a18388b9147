"""The path of an audition's account from mark to mark, as trading keeps it on record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Min, QuerySet

from apps.competition import judging
from apps.competition.models import Audition
from apps.competition.types import Basis, Boundary, Breach, Mark, Performance, RulebookTerms, Watch
from apps.trading import queries as trading
from apps.trading.queries import results

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


def closing_document(ends_at: datetime, marks: Sequence[Mark], performance: Performance) -> dict[str, Any]:
    """The form in which the end of a window is kept: its figures, and the newest marks up to the closing one."""
    return {
        "endsAt": ends_at.isoformat(),
        "marks": [[mark.at.isoformat(), mark.equity, mark.balance] for mark in marks],
        "low": performance.low,
        "executedOrders": performance.executed_orders,
        "profitBySymbol": dict(performance.profit_by_symbol),
        "isOpen": performance.account_open,
    }


def closing_of(audition: Audition) -> tuple[tuple[Mark, ...], Performance] | None:
    """What the window ended with, as it is kept; None where nothing is, or the end has moved on since."""
    kept: Mapping[str, Any] = audition.closing
    if not kept or kept["endsAt"] != audition.ends_at.isoformat():
        return None
    marks = tuple(Mark(datetime.fromisoformat(at), equity, balance) for at, equity, balance in kept["marks"])
    performance = Performance(
        start=audition.account.starting_micros,
        equity=marks[-1].equity,
        low=kept["low"],
        executed_orders=kept["executedOrders"],
        profit_by_symbol=kept["profitBySymbol"],
        account_open=kept["isOpen"],
        balance=marks[-1].balance,
        marks=len(marks),
    )
    return marks, performance


def performance_at(audition: Audition, marks: Sequence[Mark]) -> Performance:
    """The figures at the last of these marks: what the account did after it does not count."""
    last, account = marks[-1], audition.account
    done = results.result_at(account, last.at)
    lowest = (
        _snapshots(audition).filter(at__lte=last.at).order_by().aggregate(low=Min("equity_micros"))["low"]
    )
    closed_at = trading.account_result(account).closed_at
    return Performance(
        start=account.starting_micros,
        equity=last.equity,
        low=min(account.starting_micros, last.equity, last.equity if lowest is None else lowest),
        executed_orders=done.executed_orders,
        profit_by_symbol=done.profit_by_symbol,
        account_open=closed_at is None or closed_at >= audition.ends_at,
        balance=last.balance,
        marks=len(marks),
    )


def marks_after(audition: Audition, moment: datetime | None, *, until: datetime | None = None) -> list[Mark]:
    """The marks that came after a moment, up to another where one is named, oldest first, at most `MOST_MARKS`."""
    rows = _snapshots(audition).order_by("at")
    rows = rows.filter(at__lte=until) if until is not None else rows
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
