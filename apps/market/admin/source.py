"""The chosen price source."""

from django.contrib import admin

from apps.market.models import MarketSourceState
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(MarketSourceState)
class MarketSourceStateAdmin(ReadOnlyAdmin):
    """Which source fills market memory, and why."""

    list_display = ("name", "label", "reason", "span_start", "span_end", "selected_at")
    list_filter = ()
    search_fields = ()
    list_select_related = ()
