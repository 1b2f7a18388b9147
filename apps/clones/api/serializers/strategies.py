"""Drafts, published versions and their differences as their owner sees them."""

from typing import Any

from rest_framework import serializers

from apps.clones.api.serializers.clones import LARGEST_NUMBER
from apps.clones.models import Draft, StrategyVersion
from apps.core.api import DocumentField, ExactIntField, StrictSerializer


class DraftSerializer(serializers.Serializer[Draft]):
    """The clone's editable strategy."""

    document: Any = DocumentField()
    revision = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class SaveDraftSerializer(StrictSerializer):
    """A new draft."""

    document = DocumentField()


class RestoreDraftSerializer(StrictSerializer):
    """The number of the version that becomes the draft again."""

    version = ExactIntField(min_value=1, max_value=LARGEST_NUMBER)


class VersionSerializer(serializers.Serializer[StrategyVersion]):
    """A published version."""

    id = serializers.CharField(source="public_id")
    number = serializers.IntegerField()
    digest = serializers.CharField()
    is_active = serializers.BooleanField()
    published_at = serializers.DateTimeField()


class VersionDetailSerializer(VersionSerializer):
    """A published version with its document and what that compiled to."""

    document = DocumentField()
    compiled = DocumentField()


class ChangeSerializer(serializers.Serializer[Any]):
    """One change of meaning between two versions."""

    kind = serializers.ChoiceField(choices=("added", "removed", "changed"))
    path = serializers.CharField()
    before: Any = DocumentField(allow_null=True)
    after: Any = DocumentField(allow_null=True)


class VersionDiffSerializer(serializers.Serializer[Any]):
    """What changes in trading from one version to another; looks are no change."""

    before = serializers.IntegerField()
    after = serializers.IntegerField()
    changes = ChangeSerializer(many=True)
