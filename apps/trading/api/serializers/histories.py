"""What an account did, on the wire: orders, receipts, ledger rows, snapshots and standing exits."""

from rest_framework import serializers

from apps.core.api import MicrosDollarField
from apps.trading.api.serializers.fields import MarginModeField, OrderSideField, PositionSideField, units
from apps.trading.models import AccountSnapshot, Fill, LedgerEntry, Order, TriggerOrder
from apps.trading.types import OrderCause, OrderStatus, TriggerStatus


class FillSerializer(serializers.Serializer[Fill]):
    """The receipt of a fill: what the spread and the book cost, and which prices and terms were used.

    side * (notional - mid * size) is `halfSpread` plus `walk`. `marginChange` is the change of an isolated
    position's margin, `takenLots` what the walk passed over because the account had taken it before, `terms` the
    SHA-256 of the instrument as it was used.
    """

    order_sequence = serializers.IntegerField(source="order.sequence")
    index = serializers.IntegerField()
    symbol = serializers.CharField()
    side = OrderSideField()
    size_lots = serializers.IntegerField()
    size = serializers.SerializerMethodField()
    price = MicrosDollarField(source="price_micros")
    notional = MicrosDollarField(source="notional_micros")
    fee = MicrosDollarField(source="fee_micros")
    realized = MicrosDollarField(source="realized_micros")
    mid = MicrosDollarField(source="mid_micros")
    half_spread = MicrosDollarField(source="half_spread_micros")
    walk = MicrosDollarField(source="walk_micros")
    leverage = serializers.IntegerField()
    margin_mode = MarginModeField(source="is_isolated")
    margin_change = MicrosDollarField(source="margin_micros")
    taken_lots = serializers.IntegerField()
    price_age_ms = serializers.IntegerField()
    quote_reference = serializers.CharField()
    book_reference = serializers.CharField()
    terms = serializers.CharField(source="terms.digest", default=None, allow_null=True)
    kernel_version = serializers.CharField()
    at = serializers.DateTimeField()

    def get_size(self, fill: Fill) -> str:
        """Units of the asset."""
        return units(fill.size_lots, fill.asset.size_decimals)


class OrderSerializer(serializers.Serializer[Order]):
    """An order with its fills; `decisionRunId` is the decision that asked for it, where one did."""

    id = serializers.CharField(source="public_id")
    sequence = serializers.IntegerField()
    cause = serializers.ChoiceField(choices=OrderCause.choices)
    decision_run_id = serializers.CharField(source="action.run.public_id", default=None, allow_null=True)
    symbol = serializers.CharField()
    side = OrderSideField()
    size_lots = serializers.IntegerField()
    size = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    placed_at = serializers.DateTimeField()
    fills = FillSerializer(many=True)

    def get_size(self, order: Order) -> str:
        """Units of the asset."""
        return units(order.size_lots, order.asset.size_decimals)


class LedgerEntrySerializer(serializers.Serializer[LedgerEntry]):
    """One leg of a posting with its seal: `hash` covers the row and `previousHash`, the hash of the row before."""

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
    """What the account was worth at a mark, after which ledger row, and the SHA-256 of the marks that were used."""

    at = serializers.DateTimeField()
    cash = MicrosDollarField(source="cash_micros")
    unrealized = MicrosDollarField(source="unrealized_micros")
    equity = MicrosDollarField(source="equity_micros")
    maintenance = MicrosDollarField(source="maintenance_micros")
    ledger_sequence = serializers.IntegerField()
    mark_digest = serializers.CharField(source="mark_set.digest", default=None, allow_null=True)


class TriggerSerializer(serializers.Serializer[TriggerOrder]):
    """A standing exit of a whole position, or one that ended; `side` is the position's.

    `price` is the level of a stop or target; of a trailing stop `trailBps` behind `best`, the best mark since it was
    set; `expiresAt` the moment of a time exit. `orderId` is the order of one that fired.
    """

    id = serializers.CharField(source="public_id")
    symbol = serializers.CharField()
    kind = serializers.ChoiceField(choices=TriggerOrder.KINDS)
    side = PositionSideField()
    status = serializers.ChoiceField(choices=TriggerStatus.choices)
    status_reason = serializers.CharField()
    price = MicrosDollarField(source="price_micros")
    trail_bps = serializers.IntegerField()
    best = MicrosDollarField(source="best_micros")
    expires_at = serializers.DateTimeField(allow_null=True)
    order_id = serializers.CharField(source="order.public_id", default=None, allow_null=True)
    set_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
