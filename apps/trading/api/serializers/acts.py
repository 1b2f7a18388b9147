"""What operators send and get back when they act upon a prop account."""

from typing import Any

from rest_framework import serializers

from apps.core.api import DocumentField, ExactIntField, MicrosDollarField, StrictSerializer
from apps.core.errors import InvalidInput
from apps.operations.types import HeldStatus
from apps.trading.services.adjusting import require_amount

SHORTEST_REASON, LONGEST_REASON = 4, 200


class OperatorReasonSerializer(StrictSerializer):
    """Why; kept for ever in the audit record."""

    reason = serializers.CharField(min_length=SHORTEST_REASON, max_length=LONGEST_REASON)


class AdjustSerializer(OperatorReasonSerializer):
    """How much to book into the account's cash, or out of it where negative."""

    amount = MicrosDollarField(help_text='Dollars as text, such as "-12.50".')

    def validate_amount(self, amount: int) -> int:
        """Micro-dollars that a ledger can book."""
        try:
            require_amount(amount)
        except InvalidInput as error:
            raise serializers.ValidationError(error.detail) from error
        return amount


class MovePolicySerializer(OperatorReasonSerializer):
    """What to change of the policy in force, and the number of that policy."""

    document = DocumentField(help_text="The fields to change; what is left out stays as it is in force.")
    from_sequence = ExactIntField(min_value=1, max_value=10**9)

    def validate_document(self, document: Any) -> dict[str, Any]:
        """A JSON object; what stands in it is the policy's own to judge."""
        if not isinstance(document, dict):
            raise serializers.ValidationError("A policy is a JSON object.")
        return document


class HeldActSerializer(serializers.Serializer):
    """An act that waits until another person with the permission releases it."""

    id = serializers.CharField(source="public_id")
    act = serializers.CharField(source="verb")
    account_id = serializers.CharField(source="subject_id")
    summary = serializers.CharField()
    reason = serializers.CharField()
    status = serializers.ChoiceField(choices=HeldStatus.choices)
    asked_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
