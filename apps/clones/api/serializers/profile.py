"""A clone as anyone sees it."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.clones import queries
from apps.clones.models import Clone


class PublicCloneSerializer(serializers.Serializer[Clone]):
    """A clone as anyone sees it: nothing of its prompts."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    description = serializers.CharField()
    status = serializers.CharField()
    model_strength = serializers.SerializerMethodField()
    assets = serializers.SerializerMethodField()
    streams = serializers.SerializerMethodField()

    def get_model_strength(self, clone: Clone) -> str | None:
        """The badge: how strong a model the clone may think with."""
        entitlement = queries.effective_entitlement(clone)
        return entitlement.model_strength if entitlement else None

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_assets(self, clone: Clone) -> list[str]:
        """Symbols that the clone trades."""
        version = queries.active_version(clone)
        return list(queries.compiled(version).active_assets) if version else []

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_streams(self, clone: Clone) -> list[str]:
        """Data streams that the clone reads, over all its assets."""
        version = queries.active_version(clone)
        if version is None:
            return []
        strategy = queries.compiled(version)
        return sorted(
            {stream for symbol in strategy.active_assets for stream in strategy.streams_for(symbol)}
        )
