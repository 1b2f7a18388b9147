"""Prediction markets: their events, what they said over time, how they stood, and what they are about."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from apps.market.models import (
    PredictionDefinition,
    PredictionEvent,
    PredictionLink,
    PredictionMarket,
    PredictionSnapshot,
)
from apps.operations.admin_kit import ReadOnlyAdmin


class _ReadOnlyInline(TabularInline):
    """Rows that ingestion alone writes."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows come from the source."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was known stays known."""
        return False


class DefinitionInline(_ReadOnlyInline):
    """What the market said, the newest first."""

    model = PredictionDefinition
    ordering = ("-knowable_at",)
    fields = readonly_fields = (
        "knowable_at",
        "question",
        "event_title",
        "ends_at",
        "resolution_source",
        "description",
        "outcomes",
    )


class LinkInline(_ReadOnlyInline):
    """What the market is about, withdrawn links too."""

    model = PredictionLink
    ordering = ("-knowable_at",)
    fields = readonly_fields = ("asset", "method", "confidence_bps", "knowable_at", "withdrawn_at")


@admin.register(PredictionEvent)
class PredictionEventAdmin(ReadOnlyAdmin):
    """Events that group markets."""

    list_display = ("title", "slug", "source", "ends_at", "knowable_at")
    list_filter = ("source",)
    search_fields = ("event_id", "slug", "title")
    list_select_related = ()


@admin.register(PredictionMarket)
class PredictionMarketAdmin(ReadOnlyAdmin):
    """Markets with their definitions and links; their states are a list of their own."""

    list_display = ("question", "market_id", "source", "knowable_at", "closed_at")
    list_filter = ("source", ("closed_at", admin.EmptyFieldListFilter), "links__asset")
    search_fields = ("market_id", "slug", "definitions__question")
    list_select_related = ()
    inlines = (LinkInline, DefinitionInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PredictionMarket]:
        """Markets with their newest question, in one read."""
        newest = PredictionDefinition.objects.filter(market=OuterRef("pk")).order_by("-knowable_at")
        return super().get_queryset(request).annotate(said=Subquery(newest.values("question")[:1]))

    @display(description="Question")
    def question(self, market: Any) -> str:
        """The newest question, cut to a line."""
        return (market.said or market.slug)[:120]


@admin.register(PredictionSnapshot)
class PredictionSnapshotAdmin(ReadOnlyAdmin):
    """How markets stood."""

    list_display = (
        "market",
        "status",
        "best_bid_e6",
        "best_ask_e6",
        "last_e6",
        "liquidity_micros",
        "volume_24h_micros",
        "knowable_at",
    )
    list_filter = ("status", "market__source", "market__links__asset")
    search_fields = ("market__market_id", "market__slug")
    list_select_related = ("market",)


@admin.register(PredictionLink)
class PredictionLinkAdmin(ReadOnlyAdmin):
    """Which markets are about which asset, and what tells so."""

    list_display = ("market", "asset", "method", "confidence_bps", "knowable_at", "withdrawn_at")
    list_filter = ("asset", "method", ("withdrawn_at", admin.EmptyFieldListFilter))
    search_fields = ("market__market_id", "market__slug", "asset__symbol")
    list_select_related = ("market", "asset")
