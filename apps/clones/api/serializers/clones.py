"""A clone as its owner sees it, where it comes from, what it may use, and what makes a new one."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers

from apps.clones import queries
from apps.clones.types import CloneOverview, CloneStatus, ModelStrength, SetupState, Tier
from apps.core.api import DocumentField, ExactIntField, StrictSerializer

LARGEST_NUMBER = 2_147_483_647


class ForkSourceSerializer(serializers.Serializer[Any]):
    """The version that a clone was forked from."""

    clone_id = serializers.CharField()
    version = serializers.IntegerField()


class CloneSerializer(serializers.Serializer[Any]):
    """A clone as its owner sees it."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    description = serializers.CharField()
    image_url = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=CloneStatus.choices)
    setup = serializers.ChoiceField(choices=SetupState.choices)
    active_version = serializers.IntegerField(
        allow_null=True, help_text="The version that decides; null before the first publication."
    )
    tier = serializers.ChoiceField(choices=Tier.choices, allow_null=True)
    model_strength = serializers.ChoiceField(choices=ModelStrength.choices, allow_null=True)
    is_mock = serializers.BooleanField(
        help_text="Nothing was bought: the clone may be tried, never audition."
    )
    is_frozen = serializers.BooleanField(help_text="A withdrawn entitlement stops its decisions for now.")
    forked_from = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_image_url(self, clone: CloneOverview) -> str | None:
        """Where its picture is, null without one."""
        return queries.image_url(clone.image_digest)

    @extend_schema_field(ForkSourceSerializer(allow_null=True))
    def get_forked_from(self, clone: CloneOverview) -> dict[str, Any] | None:
        """Where the clone came from, null for one of its own."""
        if clone.forked_from is None:
            return None
        return {"clone_id": clone.forked_from[0], "version": clone.forked_from[1]}


class CreateCloneSerializer(StrictSerializer):
    """A new clone; without a document it starts from the default draft."""

    name = serializers.CharField(max_length=128)
    description = serializers.CharField(max_length=1120, required=False, allow_blank=True, default="")
    document = DocumentField(required=False)


class ForkSerializer(StrictSerializer):
    """A new clone whose draft is a copy of this clone's version."""

    name = serializers.CharField(max_length=128)
    version = ExactIntField(min_value=1, max_value=LARGEST_NUMBER)


class AncestorSerializer(serializers.Serializer[Any]):
    """One step of a clone's descent."""

    clone_id = serializers.CharField(source="clone.public_id")
    clone_name = serializers.CharField(source="clone.name")
    version = serializers.IntegerField(source="number")


class ForkedSerializer(serializers.Serializer[Any]):
    """A clone that was forked from this one."""

    clone_id = serializers.CharField(source="public_id")
    clone_name = serializers.CharField(source="name")
    from_version = serializers.IntegerField(source="forked_from.number")


LineageSerializer = inline_serializer(
    "Lineage", {"ancestors": AncestorSerializer(many=True), "forks": ForkedSerializer(many=True)}
)


class EntitlementSerializer(serializers.Serializer[Any]):
    """One grant: what it allows, and what became of it."""

    id = serializers.CharField(source="public_id")
    tier = serializers.ChoiceField(choices=Tier.choices)
    model_strength = serializers.ChoiceField(choices=ModelStrength.choices)
    is_mock = serializers.BooleanField()
    granted_at = serializers.DateTimeField()
    consumed_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    revoked_reason = serializers.CharField()
