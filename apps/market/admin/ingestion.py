"""Ingestion runs."""

from django.contrib import admin

from apps.market.models import IngestionRun
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(IngestionRun)
class IngestionRunAdmin(ReadOnlyAdmin):
    """One row per channel and cycle."""

    list_display = (
        "channel",
        "status",
        "fault",
        "source",
        "started_at",
        "data_at",
        "rows_written",
        "failed_count",
        "error",
    )
    list_filter = ("channel", "status", "fault", "source")
    search_fields = ("error",)
    list_select_related = ()
