"""What was pinned so that everything can be made again: prices of marks, terms of instruments, policies."""

from django.contrib import admin
from unfold.decorators import display

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.trading.admin.columns import AccountRowAdmin
from apps.trading.models import InstrumentTerms, MarkSet, PolicySnapshot


@admin.register(MarkSet)
class MarkSetAdmin(ReadOnlyAdmin):
    """The prices of one mark to market."""

    list_display = ("at", "assets", "digest")
    date_hierarchy = "at"

    @display(description="Assets")
    def assets(self, mark_set: MarkSet) -> str:
        """Which assets were marked."""
        return ", ".join(sorted(mark_set.marks)) or "none"


@admin.register(InstrumentTerms)
class InstrumentTermsAdmin(ReadOnlyAdmin):
    """Instruments as the kernel used them."""

    list_display = ("symbol", "digest", "at")
    list_filter = ("symbol",)
    search_fields = ("symbol", "digest")


@admin.register(PolicySnapshot)
class PolicySnapshotAdmin(AccountRowAdmin):
    """The policies that accounts were given, in their order."""

    list_display = ("trader", "sequence", "reason", "digest", "at")
    search_fields = ("account__public_id", "account__clone__name", "digest")
