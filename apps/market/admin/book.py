"""Book snapshots."""

from django.contrib import admin

from apps.market.models import BookSnapshot
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(BookSnapshot)
class BookSnapshotAdmin(ReadOnlyAdmin):
    """Books that fills may cite."""

    list_display = ("asset", "at", "source", "knowable_at")
    list_filter = ("asset", "source")
    search_fields = ("asset__symbol",)
    list_select_related = ("asset",)
