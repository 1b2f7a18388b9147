"""The wire forms of runs and actions: money as decimal-string dollars, sides as words."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.api import DocumentField, MicrosDollarField
from apps.decisions.models import DecisionRun, ProposedAction


class ProposedActionSerializer(serializers.ModelSerializer[ProposedAction]):
    """One proposed action; `side` is long, short or null where the position gives it."""

    side = serializers.SerializerMethodField()
    notional = MicrosDollarField(source="notional_micros")

    class Meta:
        model = ProposedAction
        fields = ["index", "kind", "symbol", "side", "notional", "leverage", "reduce_only", "reason"]
        read_only_fields = fields

    def get_side(self, action: ProposedAction) -> str | None:
        """The side as a word."""
        return None if action.side is None else action.get_side_display().lower()


class DecisionRunSerializer(serializers.ModelSerializer[DecisionRun]):
    """What every reader gets of a run: when, what about, what came of it and why, and its seal."""

    id = serializers.CharField(source="public_id", read_only=True)
    actions = ProposedActionSerializer(many=True, read_only=True)

    class Meta:
        model = DecisionRun
        fields = [
            "id",
            "symbol",
            "slot_at",
            "status",
            "engine",
            "engine_revision",
            "decided_at",
            "error_code",
            "actions",
            "sequence",
            "previous_digest",
            "record_digest",
        ]
        read_only_fields = fields


class OwnedRunSerializer(DecisionRunSerializer):
    """The owner's view: also the prompt, what woke it, the whole context as it was sealed, the raw answer and its cost.

    The context's bare digest is the owner's too: it would tell of the context to whoever tries all that it can be.
    """

    packet = DocumentField(source="context", read_only=True)
    cost = MicrosDollarField(source="cost_micros")

    class Meta(DecisionRunSerializer.Meta):
        fields = [
            *DecisionRunSerializer.Meta.fields,
            "prompt_key",
            "wake_cause",
            "error_detail",
            "context_digest",
            "packet",
            "raw_answer",
            "tokens_in_count",
            "tokens_out_count",
            "cost",
            "latency_ms",
        ]
        read_only_fields = fields
