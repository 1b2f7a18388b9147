"""Keeping what a source said of prediction markets: identities once, definitions and states as they change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import OuterRef, Subquery

from apps.market.models import (
    PredictionDefinition,
    PredictionEvent,
    PredictionLink,
    PredictionMarket,
    PredictionSnapshot,
)
from apps.market.services.predictions.links import Evidence, Linker
from apps.market.types import EventTick, PredictionStatus, PredictionTick

SOON = timedelta(hours=48)
SNAPSHOT_EVERY = timedelta(minutes=5)
SNAPSHOT_LATER_EVERY = timedelta(minutes=30)
"""For markets that end later than `SOON`, so that thousands of distant ones do not fill the store."""
_STATE = (
    "prices_e6",
    "best_bid_e6",
    "best_ask_e6",
    "last_e6",
    "liquidity_micros",
    "volume_micros",
    "volume_24h_micros",
)
_SAYS = ("event_title", "question", "description", "resolution_source", "outcomes", "ends_at")
Row = TypeVar("Row", PredictionDefinition, PredictionSnapshot)


@dataclass(frozen=True, slots=True)
class Subjects:
    """The registry that markets are linked to: a linker, and the assets' keys by symbol."""

    linker: Linker
    keys: Mapping[str, int]


@dataclass(slots=True)
class _Page:
    """The markets of one page with what is stored of them; `at` is when they became known."""

    ticks: Mapping[str, PredictionTick]
    rows: Mapping[str, PredictionMarket]
    at: datetime
    redefined: set[int] = field(default_factory=set)
    linked: set[int] = field(default_factory=set)

    def pairs(self) -> Iterable[tuple[PredictionMarket, PredictionTick]]:
        return ((self.rows[key], tick) for key, tick in self.ticks.items())

    def pks(self) -> list[int]:
        return [row.pk for row in self.rows.values()]


@transaction.atomic
def store_markets(ticks: Sequence[PredictionTick], *, source: str, subjects: Subjects, at: datetime) -> int:
    """Store one batch of markets as known at `at`; return how many rows were written.

    The same batch again writes nothing. Nothing is written behind what is already known: a clock that was set
    back waits until it has passed the newest row. A market named twice counts as it was named last.
    """
    latest = {tick.market_id: tick for tick in ticks}
    page, written = _identities(latest, source, at)
    written += _definitions(page)
    written += _links(page, subjects)
    written += _snapshots(page)
    _closings(page)
    return written


def _identities(ticks: Mapping[str, PredictionTick], source: str, at: datetime) -> tuple[_Page, int]:
    """The markets' rows, new ones written, all of them locked: of two sweeps at once one waits for the other here."""
    events, new_events = _events([tick.event for tick in ticks.values() if tick.event], source, at)
    wanted = PredictionMarket.objects.filter(market_id__in=list(ticks))
    known = set(wanted.values_list("market_id", flat=True))
    new = [
        PredictionMarket(
            market_id=tick.market_id,
            condition_id=tick.condition_id,
            slug=tick.slug,
            event=events[tick.event.event_id] if tick.event else None,
            source=source,
            knowable_at=at,
        )
        for tick in ticks.values()
        if tick.market_id not in known
    ]
    PredictionMarket.objects.bulk_create(new, ignore_conflicts=True)
    rows = {row.market_id: row for row in wanted.select_for_update().order_by("pk")}
    return _Page(ticks, rows, at), len(new) + new_events


def _events(
    ticks: Iterable[EventTick], source: str, at: datetime
) -> tuple[Mapping[str, PredictionEvent], int]:
    """The events' rows by id, new and changed ones written, and how many are new."""
    latest = {tick.event_id: tick for tick in ticks}
    wanted = PredictionEvent.objects.filter(event_id__in=list(latest)).order_by("pk")
    rows = {row.event_id: row for row in wanted}
    new, changed = [], []
    for event_id, tick in latest.items():
        says: dict[str, Any] = {
            "slug": tick.slug,
            "title": tick.title,
            "starts_at": tick.starts_at,
            "ends_at": tick.ends_at,
        }
        if tick.tags:  # an answer about one market names its event without tags
            says["tags"] = list(tick.tags)
        row = rows.get(event_id)
        if row is None:
            new.append(PredictionEvent(event_id=event_id, source=source, knowable_at=at, **says))
        elif any(getattr(row, name) != value for name, value in says.items()):
            for name, value in says.items():
                setattr(row, name, value)
            changed.append(row)
    if changed:
        PredictionEvent.objects.bulk_update(changed, ["slug", "title", "starts_at", "ends_at", "tags"])
    if new:
        PredictionEvent.objects.bulk_create(new, ignore_conflicts=True)
        rows = {row.event_id: row for row in wanted.all()}
    return rows, len(new)


def _newest(model: type[Row], markets: Iterable[int]) -> dict[int, Row]:
    """The newest row of each market that has one, by the market's key."""
    rows: models.Manager[Row] = model._default_manager
    own = rows.filter(market=OuterRef("pk")).order_by("-knowable_at").values("pk")[:1]
    keys = PredictionMarket.objects.filter(pk__in=list(markets)).values_list(Subquery(own), flat=True)
    return {row.market_id: row for row in rows.filter(pk__in=[key for key in keys if key is not None])}


def _definitions(page: _Page) -> int:
    last = _newest(PredictionDefinition, page.pks())
    new = []
    for row, tick in page.pairs():
        before = last.get(row.pk)
        says = _says(tick, before)
        if before is None or (
            before.knowable_at < page.at and any(getattr(before, name) != says[name] for name in _SAYS)
        ):
            new.append(PredictionDefinition(market=row, knowable_at=page.at, **says))
            page.redefined.add(row.pk)
    PredictionDefinition.objects.bulk_create(new)
    return len(new)


def _says(tick: PredictionTick, before: PredictionDefinition | None) -> dict[str, Any]:
    """What the market says; an answer that names no event says nothing new about its title."""
    kept = before.event_title if before else ""
    return {
        "event_title": tick.event.title if tick.event else kept,
        "question": tick.question,
        "description": tick.description,
        "resolution_source": tick.resolution_source,
        "outcomes": [[outcome.label, outcome.token_id] for outcome in tick.outcomes],
        "ends_at": tick.ends_at,
    }


def _links(page: _Page, subjects: Subjects) -> int:
    """Add what is new to tell; take back only what a changed definition tells no more."""
    standing: dict[int, dict[int, PredictionLink]] = {key: {} for key in page.pks()}
    for link in PredictionLink.objects.filter(market__in=page.pks(), withdrawn_at__isnull=True):
        standing[link.market_id][link.asset_id] = link
    new, withdrawn = [], []
    for row, tick in page.pairs():
        links = standing[row.pk]
        wanted = {subjects.keys[symbol]: why for symbol, why in subjects.linker.links(tick).items()}
        if row.pk in page.redefined:
            stale = [link for link in links.values() if _is_outdated(link, wanted, page.at)]
            withdrawn += [link.pk for link in stale]
            for link in stale:
                del links[link.asset_id]
        new += [
            PredictionLink(
                market=row,
                asset_id=asset,
                method=why.method,
                confidence_bps=why.confidence_bps,
                knowable_at=page.at,
            )
            for asset, why in wanted.items()
            if asset not in links
        ]
        if links or wanted:
            page.linked.add(row.pk)
    PredictionLink.objects.filter(pk__in=withdrawn).update(withdrawn_at=page.at)
    PredictionLink.objects.bulk_create(new)
    return len(new) + len(withdrawn)


def _is_outdated(link: PredictionLink, wanted: Mapping[int, Evidence], at: datetime) -> bool:
    why = wanted.get(link.asset_id)
    return link.knowable_at < at and (why is None or why != (link.method, link.confidence_bps))


def _snapshots(page: _Page) -> int:
    last = _newest(PredictionSnapshot, page.linked)
    new = [
        PredictionSnapshot(market=row, status=tick.status, knowable_at=page.at, **_state(tick))
        for row, tick in page.pairs()
        if row.pk in page.linked and _is_due(last.get(row.pk), tick, page.at)
    ]
    PredictionSnapshot.objects.bulk_create(new)
    return len(new)


def _state(tick: PredictionTick) -> dict[str, Any]:
    return {name: getattr(tick, name) for name in _STATE} | {"prices_e6": list(tick.prices_e6)}


def _is_due(last: PredictionSnapshot | None, tick: PredictionTick, at: datetime) -> bool:
    if last is None:
        return True
    if last.knowable_at >= at:
        return False
    if last.status != tick.status:
        return True
    is_later = tick.ends_at is None or tick.ends_at > at + SOON
    if at - last.knowable_at < (SNAPSHOT_LATER_EVERY if is_later else SNAPSHOT_EVERY):
        return False
    return any(getattr(last, name) != value for name, value in _state(tick).items())


def _closings(page: _Page) -> None:
    """Remember which markets need not be looked for any more."""
    closed = [
        row.pk
        for row, tick in page.pairs()
        if row.closed_at is None and tick.status == PredictionStatus.CLOSED
    ]
    reopened = [
        row.pk for row, tick in page.pairs() if row.closed_at and tick.status != PredictionStatus.CLOSED
    ]
    PredictionMarket.objects.filter(pk__in=closed).update(closed_at=page.at)
    PredictionMarket.objects.filter(pk__in=reopened).update(closed_at=None)
