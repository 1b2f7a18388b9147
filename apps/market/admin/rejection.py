"""Refused prices."""

from django.contrib import admin

from apps.market.models import PriceRejection
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(PriceRejection)
class PriceRejectionAdmin(ReadOnlyAdmin):
    """Prices that the guard refused, and why."""

    list_display = ("asset", "reason", "at", "rejected_micros", "last_good_micros", "resolved_at")
    list_filter = ("reason", "asset")
    search_fields = ("asset__symbol",)
    list_select_related = ("asset",)
