"""What goes over the wire about clones: the owner's view, the public view, and what may be sent."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.clones import queries
from apps.clones.models import Clone, Draft, StrategyVersion
from apps.core.api import DocumentField, ExactIntField, StrictSerializer


class CloneSerializer(serializers.Serializer[Clone]):
    """A clone as its owner sees it."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    description = serializers.CharField()
    status = serializers.CharField()
    setup = serializers.SerializerMethodField()
    active_version = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_setup(self, clone: Clone) -> str:
        """What the clone still needs."""
        return str(queries.setup_state(clone))

    def get_active_version(self, clone: Clone) -> int | None:
        """The number of the version that decides, null before the first publication."""
        version = queries.active_version(clone)
        return version.number if version else None


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


class CreateCloneSerializer(StrictSerializer):
    """A new clone; without a document it starts from the default draft."""

    name = serializers.CharField(max_length=128)
    description = serializers.CharField(max_length=1120, required=False, allow_blank=True, default="")
    document = DocumentField(required=False)


class DraftSerializer(serializers.Serializer[Draft]):
    """The clone's editable strategy."""

    document: Any = DocumentField()
    revision = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class SaveDraftSerializer(StrictSerializer):
    """A new draft; `expectedRevision` refuses to overwrite somebody else's save."""

    document = DocumentField()
    expected_revision = ExactIntField(required=False, min_value=1, max_value=2_147_483_647)


class VersionSerializer(serializers.Serializer[StrategyVersion]):
    """A published version."""

    id = serializers.CharField(source="public_id")
    number = serializers.IntegerField()
    digest = serializers.CharField()
    is_active = serializers.BooleanField()
    published_at = serializers.DateTimeField()
