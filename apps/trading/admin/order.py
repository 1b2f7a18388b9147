"""Orders, fills and positions, with sizes in units of their asset."""

from django.contrib import admin
from unfold.decorators import display

from apps.trading.admin.columns import AccountRowAdmin
from apps.trading.models import Fill, Order, Position


@admin.register(Order)
class OrderAdmin(AccountRowAdmin):
    """Orders by account."""

    list_display = (
        "public_id",
        "trader",
        "symbol",
        "bought_or_sold",
        "size_lots",
        "cause",
        "status",
        "placed_at",
    )
    list_filter = ("cause", "status", "symbol")
    list_select_related = ("account__clone", "asset")
    search_fields = ("public_id", "account__public_id", "account__clone__name")


@admin.register(Fill)
class FillAdmin(AccountRowAdmin):
    """Fills with their receipts."""

    list_display = (
        "id",
        "trader",
        "symbol",
        "bought_or_sold",
        "size_lots",
        "price_micros",
        "notional_micros",
        "fee_micros",
        "realized_micros",
        "at",
    )
    list_filter = ("symbol",)
    list_select_related = ("account__clone", "asset")
    search_fields = ("account__public_id", "account__clone__name", "order__public_id")


@admin.register(Position)
class PositionAdmin(AccountRowAdmin):
    """Positions, open and flat."""

    list_display = (
        "trader",
        "symbol",
        "held",
        "size_lots",
        "cost_micros",
        "realized_micros",
        "leverage",
        "is_isolated",
        "updated_at",
    )
    list_filter = ("symbol",)
    list_select_related = ("account__clone", "asset")

    @display(description="Position", label={"Long": "success", "Short": "danger", "Flat": "info"})
    def held(self, position: Position) -> str:
        """Long, short or flat."""
        return "Long" if position.size_lots > 0 else "Short" if position.size_lots < 0 else "Flat"
