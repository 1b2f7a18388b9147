"""What the link asks for and tells; a token is in none of it."""

from typing import Any

from rest_framework import serializers

from apps.core.api import StrictSerializer
from apps.terminal.types import LinkStatus


class LinkStartSerializer(serializers.Serializer[Any]):
    """Where to send the user's browser."""

    authorize_url = serializers.CharField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)


class CompleteSerializer(StrictSerializer):
    """What the Terminal appended to the address it sent the browser back to."""

    state = serializers.CharField(max_length=128)
    code = serializers.CharField(max_length=2048)


class LinkStateSerializer(serializers.Serializer[Any]):
    """The user's link; `status` is unlinked where there is none."""

    available = serializers.BooleanField(read_only=True)
    status = serializers.ChoiceField(choices=LinkStatus.choices, read_only=True)
    id = serializers.CharField(read_only=True)
    profile_id = serializers.CharField(read_only=True)
    handle = serializers.CharField(read_only=True)
    rank = serializers.IntegerField(read_only=True, allow_null=True)
    total_points = serializers.CharField(read_only=True, allow_null=True)
    linked_at = serializers.DateTimeField(read_only=True, allow_null=True)
    synced_at = serializers.DateTimeField(read_only=True, allow_null=True)
    expires_at = serializers.DateTimeField(read_only=True, allow_null=True)
