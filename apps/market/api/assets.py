"""How assets and their series look on the wire: money as decimal dollars, rates as fractions, times as ISO 8601."""

from typing import Any

from rest_framework import serializers

from apps.market.api.fields import DollarsField, RateField, UnitsField
from apps.market.types import AssetCategory, PriceFault


class MarginTierSerializer(serializers.Serializer[Any]):
    """From this notional upwards, at most this leverage."""

    lower_bound = DollarsField(source="lower_bound_micros")
    max_leverage = serializers.IntegerField()


class AssetSerializer(serializers.Serializer[Any]):
    """A perpetual with its contract and how it stands; `priceFault` says why a newer price is held back."""

    symbol = serializers.CharField(source="asset.symbol")
    category = serializers.ChoiceField(choices=AssetCategory.choices, source="asset.category")
    is_tracked = serializers.BooleanField(source="asset.is_tracked")
    is_delisted = serializers.BooleanField(source="asset.is_delisted")
    delisted_at = serializers.DateTimeField(source="asset.delisted_at", allow_null=True)
    venue_index = serializers.IntegerField(source="asset.venue_index", allow_null=True)
    units_per_contract = serializers.IntegerField(source="asset.units_per_contract")
    size_decimals = serializers.IntegerField(source="asset.size_decimals")
    max_leverage = serializers.IntegerField(source="asset.max_leverage")
    margin_tiers = MarginTierSerializer(many=True, source="instrument.tiers")
    only_isolated = serializers.BooleanField(source="asset.only_isolated")
    margin_mode = serializers.CharField(source="asset.margin_mode")
    source: Any = serializers.CharField(source="asset.source")
    mark = DollarsField(source="quote.mark_micros", allow_null=True, default=None)
    oracle = DollarsField(source="quote.oracle_micros", allow_null=True, default=None)
    mid = DollarsField(source="quote.mid_micros", allow_null=True, default=None)
    funding_rate = RateField(source="quote.funding_rate_e10", allow_null=True, default=None)
    price_at = serializers.DateTimeField(allow_null=True)
    price_age_ms = serializers.IntegerField(source="health.age_ms", allow_null=True)
    is_stale = serializers.BooleanField(source="health.is_stale")
    price_fault = serializers.ChoiceField(choices=PriceFault.choices, source="health.fault", allow_blank=True)
    open_interest = UnitsField(source="context.open_interest_micros", allow_null=True, default=None)
    day_notional = DollarsField(source="context.day_notional_micros", allow_null=True, default=None)
    previous_day = DollarsField(source="context.previous_day_micros", allow_null=True, default=None)


class CandleSerializer(serializers.Serializer[Any]):
    """One closed candle."""

    open_at = serializers.DateTimeField()
    close_at = serializers.DateTimeField()
    open = DollarsField(source="open_micros")
    high = DollarsField(source="high_micros")
    low = DollarsField(source="low_micros")
    close = DollarsField(source="close_micros")
    volume = UnitsField(source="volume_micros")
    knowable_at = serializers.DateTimeField()


class ContextSerializer(serializers.Serializer[Any]):
    """Open interest, the day's volume, premium and impact prices at one moment; units of the asset and dollars."""

    at = serializers.DateTimeField()
    open_interest = UnitsField(source="open_interest_micros")
    day_notional = DollarsField(source="day_notional_micros")
    day_volume = UnitsField(source="day_base_micros")
    previous_day = DollarsField(source="previous_day_micros", allow_null=True)
    premium = RateField(source="premium_e10", allow_null=True)
    impact_bid = DollarsField(source="impact_bid_micros", allow_null=True)
    impact_ask = DollarsField(source="impact_ask_micros", allow_null=True)
    knowable_at = serializers.DateTimeField()


class FundingSerializer(serializers.Serializer[Any]):
    """The funding of one hour; the rate is per hour, longs pay a positive one."""

    hour_at = serializers.DateTimeField()
    rate = RateField(source="rate_e10")
    premium = RateField(source="premium_e10", allow_null=True)
    knowable_at = serializers.DateTimeField()


class LevelSerializer(serializers.Serializer[Any]):
    """One price level."""

    price = DollarsField(source="price_micros")
    size = serializers.CharField(help_text="Units of the asset.")
    size_lots = serializers.IntegerField()


class BookSerializer(serializers.Serializer[Any]):
    """The latest book: both sides best first; `spread` is a share of the mid."""

    symbol = serializers.CharField()
    at = serializers.DateTimeField()
    reference = serializers.CharField()
    mid = DollarsField(source="mid_micros", allow_null=True)
    spread = RateField(source="spread_e10", allow_null=True)
    bids = LevelSerializer(many=True)
    asks = LevelSerializer(many=True)


def series(item: type[serializers.Serializer[Any]], name: str) -> type[serializers.Serializer[Any]]:
    """The serializer of a page of a series: ascending items, and the moment before which the next page lies."""
    fields = {
        "__doc__": f"A page of {name}, ascending; `nextBefore` is null where nothing earlier is known.",
        "items": item(many=True),
        "next_before": serializers.DateTimeField(allow_null=True),
    }
    return type(
        f"{item.__name__.removesuffix('Serializer')}PageSerializer", (serializers.Serializer,), fields
    )


CandlePageSerializer = series(CandleSerializer, "candles")
ContextPageSerializer = series(ContextSerializer, "contexts")
FundingPageSerializer = series(FundingSerializer, "hourly funding")
