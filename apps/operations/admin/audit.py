"""The audit record."""

from django.contrib import admin

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.operations.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who did what to what, and why."""

    list_display = ("at", "verb", "actor_label", "subject_id", "reason")
    list_filter = ("actor_kind", "verb")
    search_fields = ("subject_id", "actor_id", "actor_label", "verb")
    date_hierarchy = "at"
