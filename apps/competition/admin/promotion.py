"""The promotion queue in the console."""

from django.contrib import admin

from apps.competition.models import PromotionEntry
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(PromotionEntry)
class PromotionEntryAdmin(ReadOnlyAdmin):
    """Who waits, who entered, who was passed over and why."""

    list_display = ("sequence", "clone", "status", "reason", "waiting_since", "decided_at")
    ordering = ("sequence",)
    list_filter = ("status",)
    list_select_related = ("clone",)
    search_fields = ("clone__name", "clone__public_id")
