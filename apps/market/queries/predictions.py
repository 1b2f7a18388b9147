"""Reads of prediction markets; nothing here ever returns what was not knowable at the moment asked about."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from apps.market.models import PredictionDefinition, PredictionLink, PredictionSnapshot
from apps.market.types import PredictionStatus, PredictionValue, PredictionView

IMMEDIATE_WITHIN = timedelta(hours=48)
CLOSED_WITHIN = timedelta(days=7)
_DEFINITION = "market__definitions"
_SNAPSHOT = "market__snapshots"
_COLUMNS: Mapping[str, str] = {
    "symbol": "asset__symbol",
    "source": "market__source",
    "market_key": "market__market_id",
    "slug": "market__slug",
    "event_title": f"{_DEFINITION}__event_title",
    "question": f"{_DEFINITION}__question",
    "outcomes": f"{_DEFINITION}__outcomes",
    "ends_at": f"{_DEFINITION}__ends_at",
    "defined_at": f"{_DEFINITION}__knowable_at",
    "prices_e6": f"{_SNAPSHOT}__prices_e6",
    "best_bid_e6": f"{_SNAPSHOT}__best_bid_e6",
    "best_ask_e6": f"{_SNAPSHOT}__best_ask_e6",
    "last_e6": f"{_SNAPSHOT}__last_e6",
    "liquidity_micros": f"{_SNAPSHOT}__liquidity_micros",
    "volume_24h_micros": f"{_SNAPSHOT}__volume_24h_micros",
    "status": f"{_SNAPSHOT}__status",
    "seen_at": f"{_SNAPSHOT}__knowable_at",
}


def list_predictions(
    symbol: str | None, *, view: PredictionView, at: datetime, limit: int = 20, offset: int = 0
) -> list[PredictionValue]:
    """Return the markets about an asset (about any registered one when None) in a view, as known at `at`.

    Best links first, then the most liquid, then the soonest to end: a total order, so that `offset` pages through
    it. One market is returned once, with its best link. One query. Texts are raw.
    """
    rows = _linked(symbol, view, at).annotate(**{name: F(path) for name, path in _COLUMNS.items()})
    order = (
        "-confidence_bps",
        F("liquidity_micros").desc(nulls_last=True),
        F("ends_at").asc(nulls_last=True),
        "market_id",
    )
    page: Iterable[Mapping[str, Any]] = rows.order_by(*order).values(
        "method", "confidence_bps", "knowable_at", *_COLUMNS
    )[offset : offset + limit]
    return [_value(row) for row in page]


def newly_linked(symbols: Iterable[str], *, since: datetime, until: datetime) -> dict[str, datetime]:
    """When a market was last linked to each of the symbols for the first time, after `since` and not after `until`."""
    links = PredictionLink.objects.filter(
        asset__symbol__in=sorted(symbols), knowable_at__gt=since, knowable_at__lte=until
    )
    before = PredictionLink.objects.filter(
        market=OuterRef("market"), asset=OuterRef("asset"), knowable_at__lt=OuterRef("knowable_at")
    )
    fresh = links.filter(~Exists(before), Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=until))
    return dict(fresh.order_by().values_list("asset__symbol").annotate(Max("knowable_at")))


def _linked(symbol: str | None, view: PredictionView, at: datetime) -> QuerySet[PredictionLink]:
    """The links that stood at `at`, each joined to the definition and the state that were the newest then."""
    standing = PredictionLink.objects.filter(knowable_at__lte=at).filter(
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=at)
    )
    links = standing.filter(market__in=_candidates(view, at))
    if symbol is None:
        best = standing.filter(market=OuterRef("market")).order_by("-confidence_bps", "asset_id")
        links = links.filter(pk=Subquery(best.values("pk")[:1]))
    else:
        links = links.filter(asset__symbol=symbol)
    of_market = {"market": OuterRef("market"), "knowable_at__lte": at}
    definition = PredictionDefinition.objects.filter(**of_market).order_by("-knowable_at").values("pk")
    snapshot = PredictionSnapshot.objects.filter(**of_market).order_by("-knowable_at").values("pk")
    newest = {
        f"{_DEFINITION}__pk": Subquery(definition[:1]),
        f"{_SNAPSHOT}__pk": Subquery(snapshot[:1]),
    }
    return links.filter(_in_view(view, at), **newest)


def _candidates(view: PredictionView, at: datetime) -> QuerySet[Any, Any]:
    """The few markets that may be in the view, found by an index; `_in_view` decides by their newest rows."""
    if view == PredictionView.CLOSED:
        states = PredictionSnapshot.objects.filter(
            status=PredictionStatus.CLOSED, knowable_at__gte=at - CLOSED_WITHIN, knowable_at__lte=at
        )
        return states.order_by().values("market")
    return PredictionDefinition.objects.filter(_ends(view, at)).order_by().values("market")


def _ends(view: PredictionView, at: datetime, prefix: str = "") -> Q:
    limit = at + IMMEDIATE_WITHIN
    if view == PredictionView.IMMEDIATE:
        return Q(**{f"{prefix}ends_at__gt": at, f"{prefix}ends_at__lte": limit})
    return Q(**{f"{prefix}ends_at__gt": limit}) | Q(**{f"{prefix}ends_at__isnull": True})


def _in_view(view: PredictionView, at: datetime) -> Q:
    status = f"{_SNAPSHOT}__status"
    if view == PredictionView.CLOSED:
        return Q(**{status: PredictionStatus.CLOSED, f"{_SNAPSHOT}__knowable_at__gte": at - CLOSED_WITHIN})
    # By inclusion: excluding CLOSED would exclude every market that has ever closed, after `at` too.
    trading = Q(**{f"{status}__in": (PredictionStatus.OPEN, PredictionStatus.PAUSED)})
    return trading & _ends(view, at, prefix=f"{_DEFINITION}__")


def _value(row: Mapping[str, Any]) -> PredictionValue:
    return PredictionValue(
        symbol=row["symbol"],
        source=row["source"],
        market_id=row["market_key"],
        slug=row["slug"],
        event_title=row["event_title"],
        question=row["question"],
        outcomes=tuple(label for label, _ in row["outcomes"]),
        prices_e6=tuple(row["prices_e6"]),
        best_bid_e6=row["best_bid_e6"],
        best_ask_e6=row["best_ask_e6"],
        last_e6=row["last_e6"],
        liquidity_micros=row["liquidity_micros"],
        volume_24h_micros=row["volume_24h_micros"],
        status=row["status"],
        ends_at=row["ends_at"],
        method=row["method"],
        confidence_bps=row["confidence_bps"],
        knowable_at=max(row["knowable_at"], row["defined_at"], row["seen_at"]),
    )
