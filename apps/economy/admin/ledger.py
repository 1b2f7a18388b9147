"""The ledger of real value in the console: books, entries and their lines, all of them for ever."""

from django.contrib import admin

from apps.economy.models import JournalEntry, JournalLine, LedgerBook, LedgerHead
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(LedgerBook)
class LedgerBookAdmin(ReadOnlyAdmin):
    """What each book of a chain holds."""

    list_display = ("name", "chain_id", "balance_wei")
    list_filter = ("chain_id",)


@admin.register(LedgerHead)
class LedgerHeadAdmin(ReadOnlyAdmin):
    """The last entry of each chain's journal."""

    list_display = ("chain_id", "sequence", "digest")


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    """What was booked, in its order."""

    list_display = ("sequence", "chain_id", "kind", "subject", "by", "reason", "at")
    list_filter = ("kind", "chain_id")
    search_fields = ("reference", "subject", "by", "digest")


@admin.register(JournalLine)
class JournalLineAdmin(ReadOnlyAdmin):
    """What each entry did to each book."""

    list_display = ("entry", "book", "amount_wei", "balance_after_wei")
    list_filter = ("book",)
    list_select_related = ("entry",)
    search_fields = ("entry__subject", "entry__reference")
