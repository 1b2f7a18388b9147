"""Orders, fills and positions in the console, read only."""

from django.contrib import admin
from unfold.decorators import display

from apps.core.money import dollars, scaled_text
from apps.exchange.types import Side
from apps.operations.admin_kit import ReadOnlyAdmin
from apps.trading.models import Fill, Order, Position


class TradedAdmin(ReadOnlyAdmin):
    """What orders and fills show alike: the side as a word and the size in units of the asset."""

    @display(description="Side", label={"Buy": "success", "Sell": "danger"})
    def bought_or_sold(self, row: Order | Fill) -> str:
        """Which way the account traded."""
        return "Buy" if row.side == Side.LONG else "Sell"

    @display(description="Size")
    def size(self, row: Order | Fill) -> str:
        """Units of the asset; stored as whole lots."""
        return scaled_text(row.size_lots, row.asset.size_decimals)


@admin.register(Order)
class OrderAdmin(TradedAdmin):
    """Orders by account."""

    list_display = (
        "public_id",
        "account",
        "sequence",
        "cause",
        "symbol",
        "bought_or_sold",
        "size",
        "placed_at",
    )
    list_filter = ("cause", "status", "symbol")
    list_select_related = ("account", "asset")
    search_fields = ("public_id", "account__public_id")


@admin.register(Fill)
class FillAdmin(TradedAdmin):
    """Fills with their receipts."""

    list_display = ("id", "account", "symbol", "bought_or_sold", "size", "price", "fee", "realized", "at")
    list_filter = ("symbol",)
    list_select_related = ("account", "order", "asset")
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
