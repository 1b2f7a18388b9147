"""Reports as they are filed, listed and decided, and what an operator does to a profile."""

from typing import Any

from rest_framework import serializers

from apps.clones.types import CloneStatus, ReportCategory, ReportStatus
from apps.core.api import StrictSerializer

SHORTEST_REASON = 4
LONGEST_TEXT = 500


class FileReportSerializer(StrictSerializer):
    """What is wrong with a profile."""

    category = serializers.ChoiceField(choices=ReportCategory.choices)
    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class FiledReportSerializer(serializers.Serializer[Any]):
    """A report as its reporter sees it."""

    id = serializers.CharField(source="public_id")
    category = serializers.ChoiceField(choices=ReportCategory.choices)
    status = serializers.ChoiceField(choices=ReportStatus.choices)
    reported_at = serializers.DateTimeField()


class ReportSerializer(FiledReportSerializer):
    """A report as operators see it; `reporterId` is null for a visitor."""

    clone_id = serializers.CharField(source="clone.public_id")
    clone_name = serializers.CharField(source="clone.name")
    text = serializers.CharField()
    reporter_id = serializers.CharField(source="reporter.public_id", default=None, allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolution = serializers.CharField()


class ReasonSerializer(StrictSerializer):
    """Why; kept for ever in the audit record."""

    reason = serializers.CharField(min_length=SHORTEST_REASON, max_length=LONGEST_TEXT)


class ResolveSerializer(ReasonSerializer):
    """What a report comes to, and why."""

    to = serializers.ChoiceField(
        choices=[(ReportStatus.UPHELD.value, "Upheld"), (ReportStatus.DISMISSED.value, "Dismissed")]
    )


class ModeratedSerializer(serializers.Serializer[Any]):
    """A clone after an operator's act."""

    id = serializers.CharField(source="public_id")
    status = serializers.ChoiceField(choices=CloneStatus.choices)
