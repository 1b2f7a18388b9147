"""The wire form of worker and queue health."""

from typing import Any

from rest_framework import serializers


class WorkerSerializer(serializers.Serializer[Any]):
    """One worker."""

    name = serializers.CharField()
    purpose = serializers.CharField()
    health = serializers.ChoiceField(choices=["ok", "running", "late", "failing", "never"])
    status = serializers.CharField()
    owner = serializers.CharField()
    last_success_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    latency_ms = serializers.IntegerField()
    seen = serializers.IntegerField()
    done = serializers.IntegerField()
    skipped = serializers.IntegerField()
    failed = serializers.IntegerField()
    runs = serializers.IntegerField()
    failed_runs = serializers.IntegerField()
    errors: Any = serializers.ListField(child=serializers.CharField())


class QueueSerializer(serializers.Serializer[Any]):
    """The queue in numbers."""

    pending = serializers.IntegerField()
    running = serializers.IntegerField()
    done = serializers.IntegerField()
    dead = serializers.IntegerField()
    oldest_pending_at = serializers.DateTimeField(allow_null=True)


class WorkerHealthSerializer(serializers.Serializer[Any]):
    """Everything that runs by itself."""

    healthy = serializers.BooleanField()
    market_time = serializers.DateTimeField()
    clock_speed = serializers.FloatField()
    workers = WorkerSerializer(many=True)
    queue = QueueSerializer()
