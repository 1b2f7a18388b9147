"""Sealed records of executions, and the roots of days that cover every chain."""

from django.contrib import admin

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.trading.admin.columns import AccountRowAdmin
from apps.trading.models import DayRoot, ExecutionRecord


@admin.register(ExecutionRecord)
class ExecutionRecordAdmin(AccountRowAdmin):
    """What judging each action used, which gates it met and what came of it."""

    list_display = ("trader", "sequence", "verdict", "digest")
    list_select_related = ("account__clone", "verdict")
    search_fields = ("account__public_id", "account__clone__name", "digest")


@admin.register(DayRoot)
class DayRootAdmin(ReadOnlyAdmin):
    """One digest a day over the heads of all chains."""

    list_display = ("date", "leaves_count", "root", "made_at")
    search_fields = ("root",)
