"""The ledger and the snapshots."""

from django.contrib import admin

from apps.trading.admin.columns import AccountRowAdmin
from apps.trading.models import AccountSnapshot, LedgerEntry


@admin.register(LedgerEntry)
class LedgerEntryAdmin(AccountRowAdmin):
    """The ledger as it was sealed."""

    list_display = (
        "trader",
        "sequence",
        "book",
        "kind",
        "amount_micros",
        "balance_after_micros",
        "reference",
        "at",
    )
    list_filter = ("book", "kind")
    search_fields = ("account__public_id", "account__clone__name", "reference")


@admin.register(AccountSnapshot)
class SnapshotAdmin(AccountRowAdmin):
    """Marks of the accounts."""

    list_display = (
        "trader",
        "cash_micros",
        "unrealized_micros",
        "equity_micros",
        "maintenance_micros",
        "at",
    )
    date_hierarchy = "at"
