"""Positioning and funding over time."""

from django.contrib import admin

from apps.market.models import AssetContext, FundingRate
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(AssetContext)
class AssetContextAdmin(ReadOnlyAdmin):
    """Open interest, volume and premium."""

    list_display = (
        "asset",
        "at",
        "open_interest_micros",
        "day_notional_micros",
        "premium_e10",
        "impact_bid_micros",
        "impact_ask_micros",
        "knowable_at",
    )
    list_filter = ("asset", "source")
    search_fields = ("asset__symbol",)
    list_select_related = ("asset",)


@admin.register(FundingRate)
class FundingRateAdmin(ReadOnlyAdmin):
    """The funding of each hour."""

    list_display = ("asset", "hour_at", "rate_e10", "premium_e10", "source", "knowable_at")
    list_filter = ("asset", "source")
    search_fields = ("asset__symbol",)
    list_select_related = ("asset",)
