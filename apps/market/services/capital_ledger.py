"""Keeping capital figures: each revision is a further row, an absurd figure waits until the next reading agrees."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from apps.market.models import CapitalPoint, CapitalRejection
from apps.market.types import CapitalFault, CapitalTick, Channel

FAR = 100
"""A figure this many times the one before it, or this fraction, waits until the next reading agrees."""
NO_ANCHOR_BELOW_MICROS = 10_000_000_000
"""Against less than 10,000 dollars any growth is possible."""
AGREE_BPS = 1_000
"""The next reading agrees within this distance of the first."""
ANCHOR_DAYS = timedelta(days=10)
"""How long before an answer's first day its anchor may lie."""
LARGEST_MICROS = 2**63 - 1
BATCH_ROWS = 2_000
Subject = tuple[str, str, str]


@dataclass(slots=True)
class Stored:
    """What became of one answer: rows written, the times of what was accepted, subjects refused with the reason."""

    written: int = 0
    accepted_at: list[datetime] = field(default_factory=list)
    refused: dict[Subject, CapitalFault] = field(default_factory=dict)


def subject_of(tick: CapitalTick) -> Subject:
    """Return what a figure is of: metric, kind and subject."""
    return tick.metric.value, tick.kind.value, tick.subject


@transaction.atomic
def store(ticks: Sequence[CapitalTick], *, source: str, channel: Channel, now: datetime) -> Stored:
    """Write what is new of one answer, each figure knowable from `now` on.

    A figure with another value than its newest revision is the next revision. A missing, negative or absurd one is
    kept as a rejection; an absurd one is accepted when an earlier reading said nearly the same.
    """
    ledger = _Ledger(ticks, source=source, channel=channel, now=now)
    stored = Stored()
    for tick in sorted(ticks, key=lambda item: item.at):
        fault = ledger.judge(tick)
        if fault is None:
            stored.accepted_at.append(now if tick.is_provisional else tick.at)
        else:
            stored.refused[subject_of(tick)] = fault
    stored.written = ledger.write()
    return stored


class _Newest(NamedTuple):
    value_micros: int
    revision: int
    is_provisional: bool
    knowable_at: datetime


class _Ledger:
    """The newest revisions and open rejections of the subjects of one answer, and what is to be written."""

    def __init__(self, ticks: Iterable[CapitalTick], *, source: str, channel: Channel, now: datetime) -> None:
        self._source, self._channel, self._now = source, channel, now
        firsts: dict[Subject, datetime] = {}
        for tick in ticks:
            firsts[subject_of(tick)] = min(tick.at, firsts.get(subject_of(tick), tick.at))
        self._known = _newest_revisions(firsts)
        self._open = _open_rejections(firsts)
        self._points: list[CapitalPoint] = []
        self._touched: dict[int, CapitalRejection] = {}

    def judge(self, tick: CapitalTick) -> CapitalFault | None:
        """Take a figure in, or refuse it and return why."""
        value = tick.value_micros
        anchor = self._anchor(tick)
        if value is None:
            return self._refuse(tick, CapitalFault.MISSING, anchor)
        if value < 0:
            return self._refuse(tick, CapitalFault.NEGATIVE, anchor)
        if value > LARGEST_MICROS:
            return self._refuse(tick, CapitalFault.ABSURD, anchor)
        if _is_far(value, anchor) and not self._was_said_before(tick, value):
            return self._refuse(tick, CapitalFault.ABSURD, anchor)
        self._accept(tick, value)
        return None

    def _anchor(self, tick: CapitalTick) -> int | None:
        """The newest accepted value up to the figure's time, else the first one after it."""
        known = self._known[subject_of(tick)]
        moments = sorted(known)
        place = bisect_right(moments, tick.at)
        near = moments[place - 1 : place] or moments[:1]
        return known[near[0]].value_micros if near else None

    def _was_said_before(self, tick: CapitalTick, value: int) -> bool:
        waiting = self._open[subject_of(tick)]
        row = waiting.get(tick.at) or next(reversed(waiting.values()), None)
        if row is None or row.reason != CapitalFault.ABSURD or row.seen_at >= self._now:
            return False
        said = row.rejected_micros
        return said is not None and abs(value - said) * 10_000 <= said * AGREE_BPS

    def _accept(self, tick: CapitalTick, value: int) -> None:
        subject = subject_of(tick)
        for at, row in list(self._open[subject].items()):
            if at <= tick.at and row.seen_at < self._now:
                row.resolved_at = self._now
                self._touched[id(row)] = self._open[subject].pop(at)
        before = self._known[subject].get(tick.at)
        is_settled = before is not None and before.is_provisional and not tick.is_provisional
        if before is not None and before.value_micros == value and not is_settled:
            return
        if before is not None and before.knowable_at > self._now:
            return  # the clock was set back: nothing is written behind what is known already
        revision = 0 if before is None else before.revision + 1
        self._known[subject][tick.at] = _Newest(value, revision, tick.is_provisional, self._now)
        self._points.append(
            CapitalPoint(
                channel=self._channel,
                metric=tick.metric,
                kind=tick.kind,
                subject=tick.subject,
                at=tick.at,
                revision=revision,
                value_micros=value,
                is_provisional=tick.is_provisional,
                source=self._source,
                knowable_at=self._now,
            )
        )

    def _refuse(self, tick: CapitalTick, fault: CapitalFault, anchor: int | None) -> CapitalFault:
        waiting = self._open[subject_of(tick)]
        row = waiting.get(tick.at)
        if row is None:
            row = CapitalRejection(
                channel=self._channel,
                metric=tick.metric,
                kind=tick.kind,
                subject=tick.subject,
                at=tick.at,
                source=self._source,
            )
            waiting[tick.at] = row
        value = tick.value_micros
        fits = value is not None and abs(value) <= LARGEST_MICROS
        row.reason, row.seen_at = fault, self._now
        row.rejected_micros, row.last_good_micros = (value if fits else None), anchor
        self._touched[id(row)] = row
        return fault

    def write(self) -> int:
        """Write new revisions and what changed of the rejections; return how many revisions there are."""
        CapitalPoint.objects.bulk_create(self._points, batch_size=BATCH_ROWS)
        for row in self._touched.values():
            row.save()
        return len(self._points)


def _is_far(value: int, anchor: int | None) -> bool:
    if anchor is None or anchor < NO_ANCHOR_BELOW_MICROS:
        return False
    return value > anchor * FAR or value * FAR < anchor


def _newest_revisions(firsts: dict[Subject, datetime]) -> dict[Subject, dict[datetime, _Newest]]:
    known: dict[Subject, dict[datetime, _Newest]] = defaultdict(dict)
    about = Q(pk__in=())
    for (metric, kind, subject), first in firsts.items():
        about |= Q(metric=metric, kind=kind, subject=subject, at__gte=first - ANCHOR_DAYS)
    rows = CapitalPoint.objects.filter(about).order_by("at", "revision")
    columns = ("metric", "kind", "subject", "at", "value_micros", "revision", "is_provisional", "knowable_at")
    for metric, kind, subject, at, *newest in rows.values_list(*columns):
        known[metric, kind, subject][at] = _Newest(*newest)
    return known


def _open_rejections(firsts: Iterable[Subject]) -> dict[Subject, dict[datetime, CapitalRejection]]:
    found: dict[Subject, dict[datetime, CapitalRejection]] = defaultdict(dict)
    about = Q(pk__in=())
    for metric, kind, subject in firsts:
        about |= Q(metric=metric, kind=kind, subject=subject)
    for row in CapitalRejection.objects.filter(about, resolved_at__isnull=True).order_by("at"):
        found[row.metric, row.kind, row.subject][row.at] = row
    return found
