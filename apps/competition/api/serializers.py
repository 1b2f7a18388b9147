"""The wire forms of competition; money as decimal-string dollars, rates in basis points."""

from rest_framework import serializers

from apps.competition.types import LifecycleState
from apps.core.api import MicrosDollarField, StrictSerializer


class StandingSerializer(serializers.Serializer):
    """One line of the Arena's leaderboard."""

    rank = serializers.IntegerField(allow_null=True)
    slot_number = serializers.IntegerField()
    clone_id = serializers.CharField(source="clone_public_id")
    clone_name = serializers.CharField()
    account_id = serializers.CharField(source="account_public_id")
    since = serializers.DateTimeField()
    equity = MicrosDollarField()
    return_bps = serializers.IntegerField()
    max_drawdown_bps = serializers.IntegerField()
    executed_orders = serializers.IntegerField()
    open_positions = serializers.IntegerField()


class QueueRowSerializer(serializers.Serializer):
    """One place in the promotion queue."""

    sequence = serializers.IntegerField()
    clone_id = serializers.CharField(source="clone_public_id")
    clone_name = serializers.CharField()
    status = serializers.CharField()
    reason = serializers.CharField()
    waiting_since = serializers.DateTimeField()


class AuditionSerializer(serializers.Serializer):
    """One audition with its account's latest figures and the rulebook it is bound to."""

    id = serializers.CharField(source="public_id")
    clone_id = serializers.CharField(source="clone_public_id")
    clone_name = serializers.CharField()
    account_id = serializers.CharField(source="account_public_id")
    status = serializers.CharField()
    reason = serializers.CharField()
    started_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    result_at = serializers.DateTimeField(allow_null=True)
    start = MicrosDollarField()
    equity = MicrosDollarField()
    target = MicrosDollarField(source="target_micros")
    floor = MicrosDollarField(source="floor_micros")
    progress_bps = serializers.IntegerField()
    executed_orders = serializers.IntegerField()
    min_orders = serializers.IntegerField()
    rulebook_digest = serializers.CharField()
    rulebook_title = serializers.CharField()
    demonstration = serializers.BooleanField()


class LifecycleSerializer(serializers.Serializer):
    """One clone of the caller and where it stands."""

    clone_id = serializers.CharField(source="public_id")
    clone_name = serializers.CharField(source="name")
    state = serializers.ChoiceField(choices=LifecycleState.choices)


class SubmitAuditionSerializer(StrictSerializer):
    """A request to start an audition under a published rulebook."""

    clone_id = serializers.CharField(max_length=40)
    rulebook_digest = serializers.RegexField(r"^[0-9a-f]{64}$")


class RulebookSerializer(serializers.Serializer):
    """A published rulebook and the digest that names it."""

    digest = serializers.CharField()
    title = serializers.CharField()
    document = serializers.JSONField()
    published_at = serializers.DateTimeField()
