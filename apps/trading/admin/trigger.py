"""Standing exits, and how they ended."""

from django.contrib import admin
from unfold.decorators import display

from apps.operations.admin_columns import money
from apps.trading.admin.columns import AccountRowAdmin
from apps.trading.models import TriggerOrder


@admin.register(TriggerOrder)
class TriggerOrderAdmin(AccountRowAdmin):
    """Stops, targets, trailing stops and time exits."""

    list_display = (
        "public_id",
        "trader",
        "symbol",
        "kind",
        "of",
        "fires",
        "status",
        "status_reason",
        "set_at",
    )
    list_filter = ("status", "kind", "symbol")
    list_select_related = ("account__clone", "asset")
    search_fields = ("public_id", "account__public_id", "account__clone__name")

    @display(description="Of a", label={"Long": "success", "Short": "danger"})
    def of(self, trigger: TriggerOrder) -> str:
        """The side of the position."""
        return "Long" if trigger.side > 0 else "Short"

    @display(description="Fires at")
    def fires(self, trigger: TriggerOrder) -> str:
        """The level, or the moment."""
        if trigger.expires_at is not None:
            return f"{trigger.expires_at:%d %b %Y %H:%M:%S}"
        return money(trigger.price_micros)
