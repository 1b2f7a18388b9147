"""Accepted prices."""

from django.contrib import admin

from apps.market.models import Quote
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(Quote)
class QuoteAdmin(ReadOnlyAdmin):
    """Prices that passed the guard."""

    list_display = ("asset", "at", "mark_micros", "oracle_micros", "mid_micros", "funding_rate_e10", "source")
    list_filter = ("asset", "source")
    search_fields = ("asset__symbol",)
    list_select_related = ("asset",)
