"""Candles, what they were before a correction, and whole days of them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.market.models import Candle, CandleBlock, CandleRevision
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(Candle)
class CandleAdmin(ReadOnlyAdmin):
    """Closed candles."""

    list_display = (
        "asset",
        "interval_ms",
        "open_at",
        "open_micros",
        "high_micros",
        "low_micros",
        "close_micros",
        "knowable_at",
    )
    list_filter = ("asset", "interval_ms", "source")
    search_fields = ("asset__symbol",)
    list_select_related = ("asset",)


@admin.register(CandleRevision)
class CandleRevisionAdmin(ReadOnlyAdmin):
    """Values that a correction replaced."""

    list_display = (
        "asset",
        "interval_ms",
        "open_at",
        "open_micros",
        "high_micros",
        "low_micros",
        "close_micros",
        "knowable_at",
        "superseded_at",
    )
    list_filter = ("asset", "interval_ms")
    search_fields = ("asset__symbol",)
    list_select_related = ("asset",)


@admin.register(CandleBlock)
class CandleBlockAdmin(ReadOnlyAdmin):
    """Closed days of candles as columns."""

    list_display = ("asset", "interval_ms", "day_date", "bars_count", "digest", "knowable_at", "created_at")
    list_filter = ("asset", "interval_ms", "source")
    search_fields = ("asset__symbol", "digest")
    list_select_related = ("asset",)
    exclude = ("body",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CandleBlock]:
        """The rows without their bodies: a list of days must not read the days."""
        return super().get_queryset(request).defer("body")
