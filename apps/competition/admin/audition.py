"""The audition desk."""

from django.contrib import admin

from apps.competition.models import Audition
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(Audition)
class AuditionAdmin(ReadOnlyAdmin):
    """Auditions running, passed, failed and voided."""

    list_display = (
        "clone",
        "status",
        "reason",
        "started_at",
        "ends_at",
        "result_at",
    )
    list_filter = ("status", "rulebook")
    list_select_related = ("clone",)
    search_fields = ("public_id", "clone__name", "clone__public_id")
