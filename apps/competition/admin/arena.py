"""The Arena's slots in the console."""

from django.contrib import admin

from apps.competition.models import ArenaMembership
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(ArenaMembership)
class ArenaMembershipAdmin(ReadOnlyAdmin):
    """Memberships, open and ended."""

    list_display = ("slot_number", "clone", "account", "started_at", "ended_at", "reason")
    ordering = ("slot_number", "id")
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    list_select_related = ("clone", "account")
    search_fields = ("public_id", "clone__name", "clone__public_id")
