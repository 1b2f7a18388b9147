"""A clone as anyone sees it, and what its owner says about it."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.clones import queries
from apps.clones.models import Clone
from apps.core.api import StrictSerializer
from apps.core.errors import InvalidInput

BY_ADDRESS = "imageUrl"


class PublicCloneSerializer(serializers.Serializer[Clone]):
    """A clone as anyone sees it: nothing of its prompts."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    description = serializers.CharField()
    image_url = serializers.SerializerMethodField()
    status = serializers.CharField()
    model_strength = serializers.SerializerMethodField()
    assets = serializers.SerializerMethodField()
    streams = serializers.SerializerMethodField()

    def get_image_url(self, clone: Clone) -> str | None:
        """Where its picture is, null without one."""
        return queries.image_url(clone.image_digest)

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


class EditProfileSerializer(StrictSerializer):
    """What changes of a profile; what is left out stays."""

    name = serializers.CharField(max_length=128, required=False)
    description = serializers.CharField(max_length=1120, required=False, allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        """As every strict body; a picture by address is refused by a code of its own."""
        refuse_address(data)
        return super().to_internal_value(data)


def refuse_address(data: Any) -> None:
    """Raise InvalidInput URL_NOT_ALLOWED where a picture is named by its address: we open no connection for it."""
    if isinstance(data, Mapping) and BY_ADDRESS in data:
        raise InvalidInput("Send the picture itself; we fetch none.", code="URL_NOT_ALLOWED")
