"""How market values look on the wire: money as decimal dollars, times as ISO 8601."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.money import dollars, scaled_text
from apps.market.types import INTERVALS_MS


@extend_schema_field(serializers.CharField)
class DollarsField(serializers.Field[int, int, str, Any]):
    """Micro-dollars as decimal dollars in a string."""

    def to_representation(self, value: int) -> str:
        """Return exact dollars."""
        return dollars(value)


@extend_schema_field(serializers.CharField)
class RateField(serializers.Field[int, int, str, Any]):
    """A rate in 1e-10 as a decimal fraction in a string."""

    def to_representation(self, value: int) -> str:
        """Return the exact fraction."""
        return scaled_text(value, 10)


@extend_schema_field(serializers.CharField)
class UnitsField(serializers.Field[int, int, str, Any]):
    """A volume in 1e-6 base units as decimal units in a string."""

    def to_representation(self, value: int) -> str:
        """Return exact units."""
        return scaled_text(value, 6)


class AssetSerializer(serializers.Serializer[Any]):
    """One asset with its latest price."""

    symbol = serializers.CharField()
    size_decimals = serializers.IntegerField()
    max_leverage = serializers.IntegerField()
    is_delisted = serializers.BooleanField()
    mark = serializers.CharField(allow_null=True)
    funding_rate = serializers.CharField(allow_null=True)
    price_at_ms = serializers.IntegerField(allow_null=True)


class CandleSerializer(serializers.Serializer[Any]):
    """One closed candle."""

    open_at = serializers.DateTimeField()
    close_at = serializers.DateTimeField()
    open = DollarsField(source="open_micros")
    high = DollarsField(source="high_micros")
    low = DollarsField(source="low_micros")
    close = DollarsField(source="close_micros")
    volume = UnitsField(source="volume_micros")


class CandleQuerySerializer(serializers.Serializer[Any]):
    """What may be asked of the candles of an asset."""

    interval = serializers.ChoiceField(
        choices=sorted(INTERVALS_MS, key=INTERVALS_MS.__getitem__), default="1m"
    )
    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=120)


class SourceSerializer(serializers.Serializer[Any]):
    """The chosen price source."""

    name = serializers.CharField()
    label: Any = serializers.CharField()
    reason = serializers.CharField()


class ChannelHealthSerializer(serializers.Serializer[Any]):
    """One ingestion channel."""

    channel = serializers.CharField()
    status = serializers.CharField()
    last_run_at = serializers.DateTimeField(allow_null=True)
    last_success_at = serializers.DateTimeField(allow_null=True)
    age_ms = serializers.IntegerField(allow_null=True)
    rows_written = serializers.IntegerField()
    error = serializers.CharField()


class AssetHealthSerializer(serializers.Serializer[Any]):
    """Freshness of one asset's price."""

    symbol = serializers.CharField()
    price_at = serializers.DateTimeField(allow_null=True)
    age_ms = serializers.IntegerField(allow_null=True)
    is_stale = serializers.BooleanField()
    fault = serializers.CharField()


class IngestionHealthSerializer(serializers.Serializer[Any]):
    """Source, channels and assets."""

    is_healthy = serializers.BooleanField()
    source: Any = SourceSerializer(allow_null=True)
    channels = ChannelHealthSerializer(many=True)
    assets = AssetHealthSerializer(many=True)
