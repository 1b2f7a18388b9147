"""Reports in the console: every one ever filed, with what became of it."""

from django.contrib import admin

from apps.clones.models import Report
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """The record of reports; open ones are decided on the moderation page."""

    list_display = ("clone", "category", "status", "reporter", "reported_at", "resolved_by", "resolved_at")
    list_filter = ("status", "category")
    list_select_related = ("clone", "reporter", "resolved_by")
    search_fields = ("public_id", "text", "clone__name", "clone__public_id")
    fields = (
        "public_id",
        "clone",
        "reporter",
        "category",
        "text",
        "status",
        "reported_at",
        "resolved_by",
        "resolved_at",
        "resolution",
    )
