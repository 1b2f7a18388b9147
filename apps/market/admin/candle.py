"""Candles."""

from django.contrib import admin

from apps.market.models import Candle
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
