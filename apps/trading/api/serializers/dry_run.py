"""A dry run on the wire: what is asked for, and what was seen, said, wanted, allowed and would have been got."""

from typing import Any

from rest_framework import serializers

from apps.core.api import DocumentField, ExactIntField, MicrosDollarField, StrictSerializer
from apps.decisions.types import RunStatus
from apps.exchange.types import Fill
from apps.trading.api.serializers.fields import MarginModeField, OrderSideField, PositionSideField, units
from apps.trading.services.dry_run import Balance, DryRun, DryVerdict
from apps.trading.types import DryAccount, VerdictStatus


class DryRunRequestSerializer(StrictSerializer):
    """What to try, all of it optional."""

    version = ExactIntField(
        min_value=1, max_value=2_147_483_647, required=False, help_text="A published version; else the draft."
    )
    prompt_key = serializers.CharField(
        max_length=64, required=False, help_text="A trading prompt of the strategy; else its first."
    )
    symbol = serializers.CharField(
        max_length=32, required=False, help_text="An asset of the prompt; else its first."
    )
    account = serializers.ChoiceField(
        choices=DryAccount.choices,
        default=DryAccount.FRESH,
        help_text="A fresh synthetic account, or the clone's open one as it stands.",
    )


class BalanceSerializer(serializers.Serializer[Balance]):
    """An account at the marks of the moment; null where a position has no mark."""

    cash = MicrosDollarField(source="cash_micros")
    equity = MicrosDollarField(source="equity_micros", allow_null=True)
    free_margin = MicrosDollarField(source="free_micros", allow_null=True)


class GateSerializer(serializers.Serializer[Any]):
    """One gate as the order met it: it holds when low <= value <= high, in the gate's own whole units."""

    code = serializers.CharField()
    low = serializers.IntegerField()
    value = serializers.IntegerField()
    high = serializers.IntegerField()
    holds = serializers.BooleanField()


class DryFillSerializer(serializers.Serializer[Fill]):
    """The receipt that a fill would have."""

    symbol = serializers.CharField()
    side = OrderSideField()
    size_lots = serializers.IntegerField()
    size = serializers.SerializerMethodField()
    price = MicrosDollarField(source="price_micros")
    notional = MicrosDollarField(source="notional_micros")
    fee = MicrosDollarField(source="fee_micros")
    realized = MicrosDollarField(source="realized_micros")
    mid = MicrosDollarField(source="mid_micros")
    half_spread = MicrosDollarField(source="half_spread_micros")
    walk = MicrosDollarField(source="walk_micros")
    leverage = serializers.IntegerField()
    margin_mode = MarginModeField(source="is_isolated")
    margin_change = MicrosDollarField(source="margin_micros")
    quote_reference = serializers.CharField()
    book_reference = serializers.CharField()
    kernel_version = serializers.CharField()

    def get_size(self, fill: Fill) -> str:
        """Units of the asset."""
        return units(fill.size_lots, self.context.get("size_decimals", 0))


class DryVerdictSerializer(serializers.Serializer[DryVerdict]):
    """One action that was wanted, and what would have become of it; a hold meets no gate."""

    kind = serializers.CharField(
        source="action.kind.value", help_text="hold, open, close, reduce, flip, set_stop and so on"
    )
    symbol = serializers.CharField(source="action.symbol")
    side = serializers.SerializerMethodField()
    notional = MicrosDollarField(source="action.notional_micros")
    leverage = serializers.IntegerField(source="action.leverage")
    reduce_only = serializers.BooleanField(source="action.reduce_only")
    margin_mode = MarginModeField(source="action.asked.is_isolated")
    stop = MicrosDollarField(source="action.asked.stop_micros")
    trail_bps = serializers.IntegerField(source="action.asked.trail_bps")
    target = MicrosDollarField(source="action.asked.target_micros")
    hold_ms = serializers.IntegerField(source="action.asked.hold_ms")
    reason = serializers.CharField(source="action.reason")
    verdict = serializers.ChoiceField(choices=VerdictStatus.choices, source="status")
    code = serializers.CharField()
    detail = serializers.CharField()
    gates = GateSerializer(many=True)
    fills = DryFillSerializer(many=True, source="executed.fills", default=())
    after = BalanceSerializer(allow_null=True)

    def get_side(self, verdict: DryVerdict) -> str | None:
        """The side as a word, null where the position gives it."""
        side = verdict.action.side
        return None if side is None else PositionSideField().to_representation(side)


class DryRunSerializer(serializers.Serializer[DryRun]):
    """A dry run. `version` is null for the draft, whose `revision` is then told; `accountId` is the live account's.

    `packet` is the context as an engine gets it, null where there was nothing sound to decide on; `rawAnswer` is
    word for word what the engine said; `code` is why there are no actions.
    """

    at = serializers.DateTimeField()
    version = serializers.IntegerField(source="source.version", allow_null=True)
    revision = serializers.IntegerField(source="source.revision", allow_null=True)
    prompt_key = serializers.CharField(source="decision.prompt.key")
    symbol = serializers.CharField(source="decision.symbol")
    engine = serializers.CharField(source="decision.prompt.engine")
    engine_revision = serializers.CharField(source="decision.engine_revision")
    slot_at = serializers.DateTimeField(source="decision.slot_at")
    status = serializers.ChoiceField(choices=RunStatus.choices, source="decision.status")
    code = serializers.CharField(source="decision.code")
    detail = serializers.CharField(source="decision.detail")
    account_id = serializers.CharField()
    before = BalanceSerializer()
    packet = DocumentField(source="decision.context", allow_null=True)
    prompt = serializers.CharField(source="decision.raw.prompt")
    raw_answer = serializers.CharField(source="decision.raw.text")
    model = serializers.CharField(source="decision.raw.model")
    tokens_in_count = serializers.IntegerField(source="decision.raw.tokens_in_count")
    tokens_cached_count = serializers.IntegerField(source="decision.raw.tokens_cached_count")
    tokens_out_count = serializers.IntegerField(source="decision.raw.tokens_out_count")
    cost = MicrosDollarField(source="decision.raw.cost_micros")
    latency_ms = serializers.IntegerField(source="decision.raw.latency_ms")
    actions = DryVerdictSerializer(many=True, source="verdicts")
