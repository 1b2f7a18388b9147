"""A clone as its owner sees it, and what makes a new one."""

from rest_framework import serializers

from apps.clones import queries
from apps.clones.models import Clone
from apps.core.api import DocumentField, StrictSerializer


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


class CreateCloneSerializer(StrictSerializer):
    """A new clone; without a document it starts from the default draft."""

    name = serializers.CharField(max_length=128)
    description = serializers.CharField(max_length=1120, required=False, allow_blank=True, default="")
    document = DocumentField(required=False)
