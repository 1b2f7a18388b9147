"""Verdicts on proposed actions."""

from django.contrib import admin

from apps.trading.admin.columns import AccountRowAdmin
from apps.trading.models import ActionVerdict


@admin.register(ActionVerdict)
class VerdictAdmin(AccountRowAdmin):
    """What became of the proposed actions, and why they were denied."""

    list_display = ("action", "trader", "status", "reason_code", "detail", "at")
    list_filter = ("status", "reason_code")
    list_select_related = ("account__clone", "action")
    search_fields = ("account__public_id", "account__clone__name", "reason_code")
