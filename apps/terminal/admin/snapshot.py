"""Readings of Terminal profiles in the console."""

from django.contrib import admin

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.terminal.models import ProfileSnapshot


@admin.register(ProfileSnapshot)
class ProfileSnapshotAdmin(ReadOnlyAdmin):
    """Rank and points, reading by reading."""

    list_display = ("link", "at", "rank", "total_points")
    list_select_related = ("link",)
    search_fields = ("link__public_id", "link__handle")
    date_hierarchy = "at"
    fields = ("link", "at", "rank", "total_points")
