"""Public reads of assets: the registry with prices, one asset, its book."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import CursorPage
from apps.core.errors import NotFound
from apps.core.moments import from_ms
from apps.core.money import scaled_text
from apps.exchange.types import Book, BookLevel
from apps.market import queries
from apps.market.api import assets as wire
from apps.market.api import examples
from apps.market.api.asking import AssetsQuery, FeaturesQuery, asked
from apps.market.api.features import FeaturesSerializer
from apps.market.api.public import PublicRead
from apps.market.models import Asset
from apps.market.types import INTERVALS_MS
from apps.operations import clock


class AssetsView(PublicRead, ListAPIView[Asset]):
    """Tracked assets, or everything that the source lists, each with its latest price."""

    serializer_class = wire.AssetSerializer
    pagination_class = CursorPage
    cursor_ordering = "pk"
    queryset = Asset.objects.none()

    def get_queryset(self) -> QuerySet[Asset]:
        """The assets asked for, in the order of registration."""
        wanted = asked(self.request, AssetsQuery)
        rows = queries.list_registry() if wanted["scope"] == "all" else queries.list_assets()
        return rows.filter(category=wanted["category"]) if "category" in wanted else rows

    @extend_schema(operation_id="market_assets", parameters=[AssetsQuery], examples=examples.ASSETS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List assets with their latest prices."""
        page = self.paginate_queryset(self.get_queryset()) or []
        states = queries.asset_states(page, at=clock.now())
        return self.get_paginated_response(wire.AssetSerializer(states, many=True).data)


class AssetView(PublicRead):
    """One asset."""

    @extend_schema(operation_id="market_asset", responses=wire.AssetSerializer, examples=examples.ASSET)
    def get(self, request: Request, symbol: str) -> Response:
        """Its contract, and how it stands."""
        state = queries.asset_states([queries.get_asset(symbol)], at=clock.now())[0]
        return Response(wire.AssetSerializer(state).data)


class BookView(PublicRead):
    """The latest book of an asset."""

    @extend_schema(operation_id="market_book", responses=wire.BookSerializer, examples=examples.BOOK)
    def get(self, request: Request, symbol: str) -> Response:
        """Both sides, best first; 404 where the source keeps no books."""
        asset = queries.get_asset(symbol)
        book = queries.latest_book(symbol, at=clock.now())
        if book is None:
            raise NotFound("The source keeps no book of this asset.", code="BOOK_UNKNOWN")
        return Response(wire.BookSerializer(_book(book, from_ms(book.at_ms), asset.size_decimals)).data)


class FeaturesView(PublicRead):
    """What is derived of one asset's candles, book and positioning."""

    @extend_schema(
        operation_id="market_features",
        parameters=[FeaturesQuery],
        responses=FeaturesSerializer,
        examples=examples.FEATURES,
    )
    def get(self, request: Request, symbol: str) -> Response:
        """Indicators and volatility of closed candles; liquidity and positioning where the source tells of them."""
        interval, now = asked(request, FeaturesQuery)["interval"], clock.now()
        parts = {
            "features": queries.features_at(symbol, interval_ms=INTERVALS_MS[interval], at=now),
            "liquidity": queries.liquidity_at(symbol, at=now),
            "positioning": queries.positioning_at(symbol, at=now),
        }
        return Response(FeaturesSerializer({"interval": interval, **parts}).data)


def _book(book: Book, at: datetime, decimals: int) -> dict[str, Any]:
    mid = spread = None
    if book.bids and book.asks:
        bid, ask = book.bids[0].price_micros, book.asks[0].price_micros
        mid = (bid + ask) // 2
        spread = 10_000_000_000 * 2 * (ask - bid) // (bid + ask)
    return {
        "symbol": book.symbol,
        "at": at,
        "reference": book.reference,
        "mid_micros": mid,
        "spread_e10": spread,
        "bids": [_level(level, decimals) for level in book.bids],
        "asks": [_level(level, decimals) for level in book.asks],
    }


def _level(level: BookLevel, decimals: int) -> dict[str, Any]:
    return {
        "price_micros": level.price_micros,
        "size": scaled_text(level.size_lots, decimals),
        "size_lots": level.size_lots,
    }
