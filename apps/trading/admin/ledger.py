"""Ledger rows and snapshots in the console, read only."""

from django.contrib import admin
from unfold.decorators import display

from apps.core.money import dollars
from apps.operations.admin_kit import ReadOnlyAdmin
from apps.trading.models import AccountSnapshot, LedgerEntry


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """The ledger as it was sealed."""

    list_display = ("account", "sequence", "group", "book", "kind", "amount", "balance", "reference", "at")
    list_filter = ("book", "kind")
    list_select_related = ("account",)
    search_fields = ("account__public_id", "reference")

    @display(description="Amount, $")
    def amount(self, entry: LedgerEntry) -> str:
        """The leg's amount."""
        return dollars(entry.amount_micros)

    @display(description="Balance, $")
    def balance(self, entry: LedgerEntry) -> str:
        """The book's balance after the leg."""
        return dollars(entry.balance_after_micros)


@admin.register(AccountSnapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    """Marks of the accounts."""

    list_display = ("account", "at", "equity", "maintenance")
    list_select_related = ("account",)
    search_fields = ("account__public_id",)
    date_hierarchy = "at"

    @display(description="Equity, $")
    def equity(self, snapshot: AccountSnapshot) -> str:
        """Equity at the mark."""
        return dollars(snapshot.equity_micros)

    @display(description="Maintenance, $")
    def maintenance(self, snapshot: AccountSnapshot) -> str:
        """Maintenance margin at the mark."""
        return dollars(snapshot.maintenance_micros)
