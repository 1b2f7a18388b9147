"""Orders, fills and positions in the console, read only."""

from django.contrib import admin
from unfold.decorators import display

from apps.core.money import dollars
from apps.operations.admin_kit import ReadOnlyAdmin
from apps.trading.models import Fill, Order, Position


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Orders by account."""

    list_display = ("public_id", "account", "sequence", "cause", "symbol", "side", "size_lots", "placed_at")
    list_filter = ("cause", "status", "symbol")
    list_select_related = ("account",)
    search_fields = ("public_id", "account__public_id")


@admin.register(Fill)
class FillAdmin(ReadOnlyAdmin):
    """Fills with their receipts."""

    list_display = ("id", "account", "symbol", "side", "size_lots", "price", "fee", "realized", "at")
    list_filter = ("symbol",)
    list_select_related = ("account", "order")
    search_fields = ("account__public_id", "order__public_id")

    @display(description="Price, $")
    def price(self, fill: Fill) -> str:
        """Fill price."""
        return dollars(fill.price_micros)

    @display(description="Fee, $")
    def fee(self, fill: Fill) -> str:
        """Fee paid."""
        return dollars(fill.fee_micros)

    @display(description="Realised, $")
    def realized(self, fill: Fill) -> str:
        """Profit taken by the fill, before its fee."""
        return dollars(fill.realized_micros)


@admin.register(Position)
class PositionAdmin(ReadOnlyAdmin):
    """Positions, open and flat."""

    list_display = ("account", "symbol", "size_lots", "cost", "leverage", "marked_at", "suspect_at")
    list_filter = ("symbol",)
    list_select_related = ("account",)
    search_fields = ("account__public_id",)

    @display(description="Cost, $")
    def cost(self, position: Position) -> str:
        """Signed notional at entry."""
        return dollars(position.cost_micros)
