"""How ingestion's health looks on the wire."""

from typing import Any

from rest_framework import serializers

from apps.market.types import Channel, HealthStatus


class SourceSerializer(serializers.Serializer[Any]):
    """The chosen price source."""

    name = serializers.CharField()
    label: Any = serializers.CharField()
    reason = serializers.CharField()


class ChannelHealthSerializer(serializers.Serializer[Any]):
    """One channel of one source, by the age of its newest datum."""

    source: Any = serializers.CharField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    status = serializers.ChoiceField(choices=HealthStatus.choices)
    expected_cadence_sec = serializers.IntegerField()
    stale_after_sec = serializers.IntegerField()
    age_sec = serializers.IntegerField(allow_null=True)
    rows_written = serializers.IntegerField()
    data_at = serializers.DateTimeField(allow_null=True)
    last_run_at = serializers.DateTimeField(allow_null=True)
    fault = serializers.CharField()
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

    ok = serializers.BooleanField()
    source: Any = SourceSerializer(allow_null=True)
    rows = ChannelHealthSerializer(many=True)
    assets = AssetHealthSerializer(many=True)
