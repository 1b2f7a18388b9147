"""Where the money went, on the wire: signed effects on equity that add up to the profit."""

from rest_framework import serializers

from apps.core.api import MicrosDollarField
from apps.trading.queries import AssetMoney, MoneyParts, MoneyStory


class MoneyPartsSerializer(serializers.Serializer[MoneyParts]):
    """Signed effects on equity: what costs is negative. `priceMoves` is what fills at the mid would have made."""

    price_moves = MicrosDollarField()
    half_spread = MicrosDollarField()
    walk = MicrosDollarField()
    fees = MicrosDollarField()
    funding = MicrosDollarField()
    adjustments = MicrosDollarField()
    backstop = MicrosDollarField()
    profit = MicrosDollarField()


class AssetMoneySerializer(serializers.Serializer[AssetMoney]):
    """The parts of one asset; `symbol` is empty for corrections that no asset caused."""

    symbol = serializers.CharField()
    parts = MoneyPartsSerializer()
    realized = MicrosDollarField(source="realized_micros")
    unrealized = MicrosDollarField(source="unrealized_micros")
    traded = MicrosDollarField(source="traded_micros")
    fill_count = serializers.IntegerField()


class MoneySerializer(serializers.Serializer[MoneyStory]):
    """From the start to the equity: `start` plus `parts.profit` is `equity`, and so is `cash` plus `unrealized`."""

    start = MicrosDollarField(source="start_micros")
    cash = MicrosDollarField(source="cash_micros")
    realized = MicrosDollarField(source="realized_micros")
    unrealized = MicrosDollarField(source="unrealized_micros")
    equity = MicrosDollarField(source="equity_micros")
    traded = MicrosDollarField(source="traded_micros")
    fill_count = serializers.IntegerField()
    parts = MoneyPartsSerializer()
    assets = AssetMoneySerializer(many=True)
