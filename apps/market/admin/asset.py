"""The asset registry."""

from django.contrib import admin

from apps.market.models import Asset
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(Asset)
class AssetAdmin(ReadOnlyAdmin):
    """Assets and how far their memory is written."""

    list_display = (
        "symbol",
        "size_decimals",
        "max_leverage",
        "is_delisted",
        "source",
        "candles_until",
        "quotes_until",
    )
    ordering = ("id",)
    list_filter = ("source", "is_delisted")
    search_fields = ("symbol",)
    list_select_related = ()
