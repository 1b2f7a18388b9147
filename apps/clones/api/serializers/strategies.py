"""Drafts and published versions as their owner sees them."""

from typing import Any

from rest_framework import serializers

from apps.clones.models import Draft, StrategyVersion
from apps.core.api import DocumentField, ExactIntField, StrictSerializer


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
