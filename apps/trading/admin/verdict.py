"""Verdicts in the console, read only."""

from django.contrib import admin
from unfold.decorators import display

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.trading.models import ActionVerdict
from apps.trading.types import VerdictStatus


@admin.register(ActionVerdict)
class VerdictAdmin(ReadOnlyAdmin):
    """What became of the proposed actions, and why they were denied."""

    list_display = ("action", "account", "status_label", "reason_code", "detail", "at")
    list_filter = ("status", "reason_code")
    list_select_related = ("account", "action")
    search_fields = ("account__public_id", "reason_code")

    @display(
        description="Verdict",
        label={
            VerdictStatus.EXECUTED: "success",
            VerdictStatus.DENIED: "danger",
            VerdictStatus.HELD: "info",
        },
    )
    def status_label(self, verdict: ActionVerdict) -> str:
        """The verdict as a coloured label."""
        return verdict.status
