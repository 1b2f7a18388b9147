"""How derived features look on the wire: prices in dollars, shares as fractions, null where there is too little."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.money import scaled_text
from apps.market.api.fields import DollarsField, Exact, ProbabilityField, RateField, ShareField, UnitsField


@extend_schema_field(serializers.CharField)
class NanosField(Exact):
    """A difference of prices in 1e-9 dollars as decimal dollars in a string."""

    def to_representation(self, value: int) -> str:
        """Return exact dollars."""
        return scaled_text(value, 9)


class PartsField(ProbabilityField):
    """What is kept in 1e-6, as decimal text: points of the RSI, deviations of log prices."""


class IndicatorsSerializer(serializers.Serializer[Any]):
    """Indicators at the newest closed candle."""

    rsi14 = PartsField(source="rsi_14_e6", allow_null=True, help_text="0 to 100 points.")
    sma20 = DollarsField(source="sma_20_micros", allow_null=True)
    ema20 = DollarsField(source="ema_20_micros", allow_null=True)
    bollinger_upper = DollarsField(source="bollinger_upper_micros", allow_null=True)
    bollinger_lower = DollarsField(source="bollinger_lower_micros", allow_null=True)
    macd = NanosField(source="macd_nanos", allow_null=True)
    macd_signal = NanosField(source="macd_signal_nanos", allow_null=True)
    macd_histogram = NanosField(source="macd_histogram_nanos", allow_null=True)


class VolatilitySerializer(serializers.Serializer[Any]):
    """How much the price moves in one candle; `annualised20` in a year of 365 days."""

    realised20 = PartsField(source="realised_20_e6", allow_null=True)
    realised100 = PartsField(source="realised_100_e6", allow_null=True)
    annualised20 = ShareField(source="annualised_20_bps", allow_null=True)
    parkinson20 = PartsField(source="parkinson_20_e6", allow_null=True)
    atr14 = NanosField(source="atr_14_nanos", allow_null=True)


class DepthSerializer(serializers.Serializer[Any]):
    """What rests `within` a share of the mid; a lower bound where the snapshot ends before that."""

    within = ShareField(source="bps")
    bids = DollarsField(source="bid_micros")
    asks = DollarsField(source="ask_micros")
    is_whole = serializers.BooleanField()


class CostSerializer(serializers.Serializer[Any]):
    """What a market order of a size pays beyond the mid; null where the snapshot is not deep enough."""

    notional = DollarsField(source="notional_micros")
    buy = DollarsField(source="buy_micros", allow_null=True)
    sell = DollarsField(source="sell_micros", allow_null=True)


class LiquiditySerializer(serializers.Serializer[Any]):
    """How deep the book is; `imbalance` is (bids - asks) / (bids + asks) near the mid."""

    mid = DollarsField(source="mid_micros")
    spread = PartsField(source="spread_e6")
    depths = DepthSerializer(many=True)
    imbalance = ShareField(source="imbalance_bps", allow_null=True)
    costs = CostSerializer(many=True)
    knowable_at = serializers.DateTimeField()


class PositioningSerializer(serializers.Serializer[Any]):
    """Open interest and hourly funding against what they were; deviations are of the week's mean."""

    open_interest = UnitsField(source="open_interest_micros", allow_null=True)
    open_interest_change_1h = ShareField(source="open_interest_1h_bps", allow_null=True)
    open_interest_change_24h = ShareField(source="open_interest_24h_bps", allow_null=True)
    turnover = ShareField(source="turnover_bps", allow_null=True)
    premium = RateField(source="premium_e10", allow_null=True)
    funding = RateField(source="funding_e10", allow_null=True)
    funding_8h = RateField(source="funding_8h_e10", allow_null=True)
    funding_24h = RateField(source="funding_24h_e10", allow_null=True)
    funding_deviations = ShareField(source="funding_z_e4", allow_null=True)
    knowable_at = serializers.DateTimeField()


class FeaturesSerializer(serializers.Serializer[Any]):
    """Everything derived of one asset, from closed candles of one length, its book and its positioning."""

    symbol = serializers.CharField(source="features.symbol")
    interval = serializers.CharField()
    closed_at = serializers.DateTimeField(source="features.closed_at", allow_null=True)
    candles_count = serializers.IntegerField(source="features.candles_count")
    missing_count = serializers.IntegerField(source="features.missing_count")
    indicators = IndicatorsSerializer(source="features.indicators")
    volatility = VolatilitySerializer(source="features.volatility")
    liquidity = LiquiditySerializer(allow_null=True)
    positioning = PositioningSerializer(allow_null=True)
    knowable_at = serializers.DateTimeField(source="features.knowable_at", allow_null=True)
