"""An account as it stood at an earlier moment, on the wire."""

from rest_framework import serializers

from apps.core.api import DocumentField, MicrosDollarField
from apps.trading.api.serializers.fields import VOLUME_HELP, MarginModeField, PositionSideField
from apps.trading.queries import AccountAsOf
from apps.trading.types import AccountStatus


class PositionAsOfSerializer(serializers.Serializer[object]):
    """A position as its fills and funding made it; `leverage` is null where old fills did not record it."""

    symbol = serializers.CharField()
    side = PositionSideField(source="size_lots")
    size_lots = serializers.IntegerField()
    cost = MicrosDollarField(source="cost_micros")
    leverage = serializers.IntegerField(allow_null=True)
    margin_mode = MarginModeField(source="is_isolated")
    margin = MicrosDollarField(source="margin_micros")
    realized = MicrosDollarField(source="realized_micros")


class BalancesSerializer(serializers.Serializer[object]):
    """What stood in each book of the ledger; they add up to zero."""

    cash = MicrosDollarField()
    capital = MicrosDollarField()
    fees = MicrosDollarField()
    pnl = MicrosDollarField()
    funding = MicrosDollarField()
    adjustment = MicrosDollarField()


class AccountAsOfSerializer(serializers.Serializer[AccountAsOf]):
    """An account after the ledger row `ledgerSequence`, made again from ledger, fills, policies and audit events.

    `faults` names what in them could not be followed; it is empty for an account whose books are sound.
    """

    id = serializers.CharField(source="account_id")
    at = serializers.DateTimeField()
    ledger_sequence = serializers.IntegerField()
    ledger_head = serializers.CharField()
    order_sequence = serializers.IntegerField()
    balances = BalancesSerializer()
    positions = PositionAsOfSerializer(many=True)
    volume_14d = MicrosDollarField(source="volume_micros", help_text=VOLUME_HELP)
    status = serializers.ChoiceField(choices=AccountStatus.choices, allow_null=True)
    policy_sequence = serializers.IntegerField()
    policy = DocumentField(allow_null=True)
    faults = serializers.ListField(child=serializers.CharField())
