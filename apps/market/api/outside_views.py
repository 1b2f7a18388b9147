"""Public reads of what is known from outside the venue: capital on chain, prediction markets."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.market import queries
from apps.market.api import examples
from apps.market.api import outside as wire
from apps.market.api.asking import CapitalQuery, CapitalSeriesQuery, PredictionsQuery, asked
from apps.market.api.public import PublicRead
from apps.market.types import CapitalMetric, Channel, PredictionView, SubjectKind
from apps.operations import clock


class PredictionsView(PublicRead):
    """Prediction markets that are about an asset."""

    kept_seconds = 10

    @extend_schema(
        operation_id="polymarket_markets",
        parameters=[PredictionsQuery],
        responses=wire.PredictionPageSerializer,
        examples=examples.PREDICTIONS,
    )
    def get(self, request: Request) -> Response:
        """Those that end soon, end later or closed lately; about one asset or any, the best links first."""
        wanted = asked(request, PredictionsQuery)
        limit, start, symbol = wanted["limit"], wanted["cursor"], wanted.get("symbol")
        if symbol is not None:
            queries.get_asset(symbol)
        rows = queries.list_predictions(
            symbol, view=PredictionView(wanted["view"]), at=clock.now(), limit=limit + 1, offset=start
        )
        page = {"items": rows[:limit], "next_cursor": str(start + limit) if len(rows) > limit else None}
        return Response(wire.PredictionPageSerializer(page).data)


class CapitalView(PublicRead):
    """Capital on chain as it stands."""

    kept_seconds = 30

    @extend_schema(
        operation_id="defillama_figures",
        parameters=[CapitalQuery],
        responses=wire.CapitalPageSerializer,
        examples=examples.CAPITAL,
    )
    def get(self, request: Request) -> Response:
        """The newest figures with their changes over a day and a week."""
        wanted = asked(request, CapitalQuery)
        limit, start = wanted.pop("limit"), wanted.pop("cursor")
        rows = queries.list_capital(at=clock.now(), **_named(wanted))
        return Response(wire.CapitalPageSerializer(_page(rows, start, limit)).data)


class CapitalSeriesView(PublicRead):
    """One figure of capital over time."""

    kept_seconds = 30

    @extend_schema(
        operation_id="defillama_series",
        parameters=[CapitalSeriesQuery],
        responses=wire.CapitalSeriesSerializer,
        examples=examples.CAPITAL_SERIES,
    )
    def get(self, request: Request) -> Response:
        """Its newest revisions, ascending; empty where nothing is known."""
        wanted = asked(request, CapitalSeriesQuery)
        rows = queries.capital_series(at=clock.now(), **_named(wanted))
        return Response(wire.CapitalSeriesSerializer({**wanted, "items": rows}).data)


def _named(wanted: dict[str, Any]) -> dict[str, Any]:
    """The parameters with their words as the market's own."""
    kinds = {"channel": Channel, "kind": SubjectKind, "metric": CapitalMetric}
    return {name: kinds[name](value) if name in kinds else value for name, value in wanted.items()}


def _page(rows: Sequence[Any], start: int, limit: int) -> dict[str, Any]:
    end = start + limit
    return {"items": rows[start:end], "next_cursor": str(end) if len(rows) > end else None}
