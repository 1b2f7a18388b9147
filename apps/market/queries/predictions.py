"""Reads of prediction markets; nothing here ever returns what was not knowable at the moment asked about."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q

from apps.core.moments import read_moment
from apps.core.tables import ask, moment
from apps.market.models import (
    Asset,
    PredictionDefinition,
    PredictionLink,
    PredictionMarket,
    PredictionSnapshot,
)
from apps.market.types import PredictionStatus, PredictionValue, PredictionView

IMMEDIATE_WITHIN = timedelta(hours=48)
CLOSED_WITHIN = timedelta(days=7)
_MARKETS = PredictionMarket._meta.db_table
_DEFINITIONS = PredictionDefinition._meta.db_table
_SNAPSHOTS = PredictionSnapshot._meta.db_table
_LINKS = PredictionLink._meta.db_table
_ASSETS = Asset._meta.db_table
_COLUMNS = (
    "a.symbol",
    "m.source",
    "m.market_id",
    "m.slug",
    "d.event_title",
    "d.question",
    "d.outcomes",
    "s.prices_e6",
    "s.best_bid_e6",
    "s.best_ask_e6",
    "s.last_e6",
    "s.liquidity_micros",
    "s.volume_24h_micros",
    "s.status",
    "CAST(d.ends_at AS text)",
    "l.method",
    "l.confidence_bps",
    "CAST(l.knowable_at AS text)",
    "CAST(d.knowable_at AS text)",
    "CAST(s.knowable_at AS text)",
)
_STANDING = "{link}.knowable_at <= %s AND ({link}.withdrawn_at IS NULL OR {link}.withdrawn_at > %s)"
_ENDS = {
    PredictionView.IMMEDIATE: "{definition}.ends_at > %s AND {definition}.ends_at <= %s",
    PredictionView.LATER: "({definition}.ends_at > %s OR {definition}.ends_at IS NULL)",
}


def _newest(table: str) -> str:
    """The key of the row of a link's market that was the newest at a moment."""
    return (
        f"(SELECT n.id FROM {table} n WHERE n.market_id = l.market_id AND n.knowable_at <= %s"
        " ORDER BY n.knowable_at DESC LIMIT 1)"
    )


_FROM = (
    f"SELECT {', '.join(_COLUMNS)} FROM {_LINKS} l"
    f" JOIN {_ASSETS} a ON a.id = l.asset_id JOIN {_MARKETS} m ON m.id = l.market_id"
    f" JOIN {_DEFINITIONS} d ON d.id = {_newest(_DEFINITIONS)}"
    f" JOIN {_SNAPSHOTS} s ON s.id = {_newest(_SNAPSHOTS)}"
    f" WHERE {_STANDING.format(link='l')}"
)
_BEST = (
    f"l.id = (SELECT b.id FROM {_LINKS} b WHERE b.market_id = l.market_id AND {_STANDING.format(link='b')}"
    " ORDER BY b.confidence_bps DESC, b.asset_id LIMIT 1)"
)
_ORDER = (
    " ORDER BY l.confidence_bps DESC, s.liquidity_micros DESC NULLS LAST, d.ends_at ASC NULLS LAST, l.market_id"
    " LIMIT %s OFFSET %s"
)


def list_predictions(
    symbol: str | None, *, view: PredictionView, at: datetime, limit: int = 20, offset: int = 0
) -> list[PredictionValue]:
    """Return the markets about an asset (about any registered one when None) in a view, as known at `at`.

    Best links first, then the most liquid, then the soonest to end: a total order, so that `offset` pages through
    it. One market is returned once, with its best link. One query. Texts are raw.
    """
    known = moment(at)
    about, of_whom = ("a.symbol = %s", [symbol]) if symbol is not None else (_BEST, [known, known])
    shown, since = _in_view(view, at)
    rows = ask(
        f"{_FROM} AND {about} AND {shown}{_ORDER}",
        [known, known, known, known, *of_whom, *since, limit, offset],
    )
    return [_value(row) for row in rows]


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


def _in_view(view: PredictionView, at: datetime) -> tuple[str, list[Any]]:
    """What the newest rows of a market in the view say; the first part finds the few that may, by an index."""
    if view == PredictionView.CLOSED:
        since = [moment(at - CLOSED_WITHIN), moment(at)]
        closed = "{state}.status = %s AND {state}.knowable_at >= %s AND {state}.knowable_at <= %s"
        few = f"SELECT c.market_id FROM {_SNAPSHOTS} c WHERE {closed.format(state='c')}"
        return (
            f"l.market_id IN ({few}) AND {closed.format(state='s')}",
            2 * [PredictionStatus.CLOSED.value, *since],
        )
    limit = moment(at + IMMEDIATE_WITHIN)
    ends = [moment(at), limit] if view == PredictionView.IMMEDIATE else [limit]
    few = f"SELECT c.market_id FROM {_DEFINITIONS} c WHERE {_ENDS[view].format(definition='c')}"
    # By inclusion: excluding CLOSED would exclude every market that has ever closed, after `at` too.
    return (
        f"l.market_id IN ({few}) AND s.status IN (%s, %s) AND {_ENDS[view].format(definition='d')}",
        [*ends, PredictionStatus.OPEN.value, PredictionStatus.PAUSED.value, *ends],
    )


def _value(row: Sequence[Any]) -> PredictionValue:
    *texts, outcomes, prices = row[:8]
    symbol, source, market_id, slug, event_title, question = texts
    best_bid, best_ask, last, liquidity, volume, status, ends, method, confidence = row[8:17]
    return PredictionValue(
        symbol=symbol,
        source=source,
        market_id=market_id,
        slug=slug,
        event_title=event_title,
        question=question,
        outcomes=tuple(label for label, _ in json.loads(outcomes)),
        prices_e6=tuple(json.loads(prices)),
        best_bid_e6=best_bid,
        best_ask_e6=best_ask,
        last_e6=last,
        liquidity_micros=liquidity,
        volume_24h_micros=volume,
        status=status,
        ends_at=None if ends is None else read_moment(ends),
        method=method,
        confidence_bps=confidence,
        knowable_at=max(map(read_moment, row[17:])),
    )
