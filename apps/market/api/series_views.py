"""Public reads of series, paged backwards by `before`: candles, contexts, hourly funding."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.market import queries
from apps.market.api import assets as wire
from apps.market.api import examples
from apps.market.api.asking import CandlesQuery, SeriesQuery, asked
from apps.market.api.public import PublicRead
from apps.market.types import INTERVALS_MS
from apps.operations import clock


class CandlesView(PublicRead):
    """Closed candles of one asset."""

    @extend_schema(
        operation_id="market_candles",
        parameters=[CandlesQuery],
        responses=wire.CandlePageSerializer,
        examples=examples.CANDLES,
    )
    def get(self, request: Request, symbol: str) -> Response:
        """The newest closed candles, or those before a moment, ascending."""
        wanted = asked(request, CandlesQuery)
        length = INTERVALS_MS[wanted.pop("interval")]
        asset = queries.get_asset(symbol)
        rows = queries.closed_candles(asset.symbol, interval_ms=length, at=clock.now(), **wanted)
        return Response(wire.CandlePageSerializer(_page(rows, "open_at", wanted["limit"])).data)


class ContextsView(PublicRead):
    """Open interest and premium of one asset over time."""

    @extend_schema(
        operation_id="market_contexts",
        parameters=[SeriesQuery],
        responses=wire.ContextPageSerializer,
        examples=examples.CONTEXTS,
    )
    def get(self, request: Request, symbol: str) -> Response:
        """The newest contexts, or those before a moment, ascending."""
        wanted = asked(request, SeriesQuery)
        asset = queries.get_asset(symbol)
        rows = queries.list_contexts(asset.symbol, at=clock.now(), **wanted)
        return Response(wire.ContextPageSerializer(_page(rows, "at", wanted["limit"])).data)


class FundingView(PublicRead):
    """What one asset's funding was, hour by hour."""

    @extend_schema(
        operation_id="market_funding",
        parameters=[SeriesQuery],
        responses=wire.FundingPageSerializer,
        examples=examples.FUNDING,
    )
    def get(self, request: Request, symbol: str) -> Response:
        """The newest hourly rates, or those before a moment, ascending."""
        wanted = asked(request, SeriesQuery)
        asset = queries.get_asset(symbol)
        rows = queries.list_funding(asset.symbol, at=clock.now(), **wanted)
        return Response(wire.FundingPageSerializer(_page(rows, "hour_at", wanted["limit"])).data)


def _page(rows: list[Any], moment: str, limit: int) -> dict[str, Any]:
    earliest: datetime | None = getattr(rows[0], moment) if len(rows) == limit else None
    return {"items": rows, "next_before": earliest}
