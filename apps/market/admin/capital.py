"""Capital figures and the ones that were not accepted."""

from django.contrib import admin

from apps.market.models import CapitalPoint, CapitalRejection
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(CapitalPoint)
class CapitalPointAdmin(ReadOnlyAdmin):
    """Every revision of every figure."""

    list_display = (
        "metric",
        "kind",
        "subject",
        "at",
        "revision",
        "value_micros",
        "is_provisional",
        "source",
        "knowable_at",
    )
    list_filter = ("channel", "metric", "kind", "source", "is_provisional")
    search_fields = ("subject",)
    list_select_related = ()


@admin.register(CapitalRejection)
class CapitalRejectionAdmin(ReadOnlyAdmin):
    """Figures that were missing, negative or absurd."""

    list_display = (
        "metric",
        "kind",
        "subject",
        "at",
        "reason",
        "rejected_micros",
        "last_good_micros",
        "seen_at",
        "resolved_at",
    )
    list_filter = ("reason", "metric", "kind", "source")
    search_fields = ("subject",)
    list_select_related = ()
