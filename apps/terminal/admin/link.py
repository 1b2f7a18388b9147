"""Terminal links in the console, without their tokens."""

from django.contrib import admin
from django.http import HttpRequest

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.terminal.models import TerminalLink

SHOWN = (
    "public_id",
    "user",
    "profile_id",
    "handle",
    "status",
    "token_expires_at",
    "linked_at",
    "ended_at",
    "synced_at",
    "next_sync_at",
    "sync_failures",
    "last_error",
)


@admin.register(TerminalLink)
class TerminalLinkAdmin(ReadOnlyAdmin):
    """Who linked which profile, and how reading it goes."""

    list_display = ("public_id", "user", "handle", "status", "synced_at", "next_sync_at", "sync_failures")
    list_filter = ("status",)
    list_select_related = ("user",)
    search_fields = ("public_id", "handle", "profile_id", "user__username")
    fields = SHOWN

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """A filter on the sealed token would answer guesses about it."""
        return not lookup.startswith("sealed") and super().lookup_allowed(lookup, value, request)
