"""The wire forms of accounts, orders, fills, ledger rows and equity: money as decimal-string dollars."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api import MicrosDollarField
from apps.trading.models import AccountSnapshot, Fill, LedgerEntry, Order, Position, PropAccount
from apps.trading.queries import list_positions, marks_of, unrealized_micros
from apps.trading.types import OrderCause, OrderStatus


def _side(value: int) -> str:
    return "buy" if value > 0 else "sell"


class PositionSerializer(serializers.Serializer[Position]):
    """An open position; `sizeLots` is signed, in lots of the asset. The context carries the account's `marks`."""

    symbol = serializers.CharField()
    size_lots = serializers.IntegerField()
    cost = MicrosDollarField(source="cost_micros")
    mark = serializers.SerializerMethodField()
    unrealized = serializers.SerializerMethodField()
    leverage = serializers.IntegerField()

    def get_mark(self, position: Position) -> str | None:
        """The mark at which the account was last valued, in dollars."""
        mark = self.context["marks"].get(position.symbol)
        return None if mark is None else MicrosDollarField().to_representation(mark)

    def get_unrealized(self, position: Position) -> str:
        """Open profit at the last accepted mark, in dollars."""
        return MicrosDollarField().to_representation(
            unrealized_micros(position, self.context["marks"].get(position.symbol))
        )


class AccountSerializer(serializers.Serializer[PropAccount]):
    """An account with its books; `openPositions` are at their last marks."""

    id = serializers.CharField(source="public_id")
    clone_id = serializers.CharField(source="clone.public_id")
    purpose = serializers.CharField()
    status = serializers.CharField()
    status_reason = serializers.CharField()
    starting = MicrosDollarField(source="starting_micros")
    cash = MicrosDollarField(source="cash_micros")
    equity = MicrosDollarField(source="equity_micros")
    peak = MicrosDollarField(source="peak_micros")
    fees_paid = MicrosDollarField(source="fees_micros")
    executed_count = serializers.IntegerField()
    wait_reason = serializers.CharField()
    ledger_head = serializers.CharField()
    opened_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    last_marked_at = serializers.DateTimeField(allow_null=True)
    open_positions = serializers.SerializerMethodField()

    @extend_schema_field(PositionSerializer(many=True))
    def get_open_positions(self, account: PropAccount) -> list[dict[str, Any]]:
        """The positions that are open now."""
        context = {"marks": marks_of(account)}
        return [dict(PositionSerializer(held, context=context).data) for held in list_positions(account)]


class FillSerializer(serializers.Serializer[Fill]):
    """The receipt of a fill: what the spread and the book cost, and which prices were used."""

    order_sequence = serializers.IntegerField(source="order.sequence")
    index = serializers.IntegerField()
    symbol = serializers.CharField()
    side = serializers.SerializerMethodField()
    size_lots = serializers.IntegerField()
    price = MicrosDollarField(source="price_micros")
    notional = MicrosDollarField(source="notional_micros")
    fee = MicrosDollarField(source="fee_micros")
    realized = MicrosDollarField(source="realized_micros")
    mid = MicrosDollarField(source="mid_micros")
    half_spread = MicrosDollarField(source="half_spread_micros")
    walk = MicrosDollarField(source="walk_micros")
    price_age_ms = serializers.IntegerField()
    kernel_version = serializers.CharField()
    at = serializers.DateTimeField()

    def get_side(self, fill: Fill) -> str:
        """buy or sell."""
        return _side(fill.side)


class OrderSerializer(serializers.Serializer[Order]):
    """An order with its fills."""

    id = serializers.CharField(source="public_id")
    sequence = serializers.IntegerField()
    cause = serializers.ChoiceField(choices=OrderCause.choices)
    symbol = serializers.CharField()
    side = serializers.SerializerMethodField()
    size_lots = serializers.IntegerField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    placed_at = serializers.DateTimeField()
    fills = FillSerializer(many=True)

    def get_side(self, order: Order) -> str:
        """buy or sell."""
        return _side(order.side)


class LedgerEntrySerializer(serializers.Serializer[LedgerEntry]):
    """One leg of a posting with its seal."""

    sequence = serializers.IntegerField()
    group = serializers.IntegerField()
    book = serializers.CharField()
    kind = serializers.CharField()
    amount = MicrosDollarField(source="amount_micros")
    balance_after = MicrosDollarField(source="balance_after_micros")
    reference = serializers.CharField()
    source_digest = serializers.CharField()
    at = serializers.DateTimeField()
    previous_hash = serializers.CharField()
    hash = serializers.CharField()


class SnapshotSerializer(serializers.Serializer[AccountSnapshot]):
    """What the account was worth at a mark."""

    at = serializers.DateTimeField()
    cash = MicrosDollarField(source="cash_micros")
    unrealized = MicrosDollarField(source="unrealized_micros")
    equity = MicrosDollarField(source="equity_micros")
    maintenance = MicrosDollarField(source="maintenance_micros")
