"""Public reads of market memory: assets, candles, ingestion health."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.money import dollars, scaled_text
from apps.exchange.types import Quote
from apps.market import queries
from apps.market.api import serializers as wire
from apps.market.models import Asset
from apps.market.types import INTERVALS_MS
from apps.operations import clock


class AssetsView(APIView):
    """Every registered asset with its latest price."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="market_assets", responses=wire.AssetSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List assets."""
        assets = list(queries.list_assets())
        quotes = queries.latest_quotes([asset.symbol for asset in assets], at=clock.now())
        rows = [{**_columns(asset), **_price(quotes.get(asset.symbol))} for asset in assets]
        return Response(wire.AssetSerializer(rows, many=True).data)


class CandlesView(APIView):
    """Closed candles of one asset, ascending."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="market_candles",
        parameters=[wire.CandleQuerySerializer],
        responses=wire.CandleSerializer(many=True),
    )
    def get(self, request: Request, symbol: str) -> Response:
        """List the newest closed candles."""
        asked = wire.CandleQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        asset = queries.get_asset(symbol)
        rows = queries.closed_candles(
            asset.symbol,
            interval_ms=INTERVALS_MS[asked.validated_data["interval"]],
            at=clock.now(),
            limit=asked.validated_data["limit"],
        )
        return Response(wire.CandleSerializer(rows, many=True).data)


class IngestionHealthView(APIView):
    """How the price source, its channels and each price stand."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="market_ingestion_health", responses=wire.IngestionHealthSerializer)
    def get(self, request: Request) -> Response:
        """Report health."""
        return Response(wire.IngestionHealthSerializer(queries.ingestion_health(clock.now())).data)


def _columns(asset: Asset) -> dict[str, object]:
    names = ("symbol", "size_decimals", "max_leverage", "is_delisted")
    return {name: getattr(asset, name) for name in names}


def _price(quote: Quote | None) -> dict[str, object]:
    if quote is None:
        return {"mark": None, "funding_rate": None, "price_at_ms": None}
    return {
        "mark": dollars(quote.mark_micros),
        "funding_rate": scaled_text(quote.funding_rate_e10, 10),
        "price_at_ms": quote.at_ms,
    }
