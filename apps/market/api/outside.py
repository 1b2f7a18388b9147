"""How prediction markets and capital look on the wire; texts are what others wrote, to be escaped where shown."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.market.api.fields import DollarsField, ProbabilityField, ShareField
from apps.market.types import CapitalMetric, LinkMethod, PredictionStatus, PredictionValue, SubjectKind


class OutcomeSerializer(serializers.Serializer[Any]):
    """One outcome with its probability, null where the market has no prices."""

    label: Any = serializers.CharField()
    probability = ProbabilityField(source="price_e6", allow_null=True)


class PredictionSerializer(serializers.Serializer[Any]):
    """A prediction market and the asset that it is about; `confidence` is how surely, as a share."""

    market_id = serializers.CharField()
    symbol = serializers.CharField()
    slug = serializers.CharField()
    event_title = serializers.CharField()
    question = serializers.CharField()
    outcomes = serializers.SerializerMethodField()
    best_bid = ProbabilityField(source="best_bid_e6", allow_null=True)
    best_ask = ProbabilityField(source="best_ask_e6", allow_null=True)
    last = ProbabilityField(source="last_e6", allow_null=True)
    liquidity = DollarsField(source="liquidity_micros", allow_null=True)
    volume_24h = DollarsField(source="volume_24h_micros", allow_null=True)
    status = serializers.ChoiceField(choices=PredictionStatus.choices)
    ends_at = serializers.DateTimeField(allow_null=True)
    method = serializers.ChoiceField(choices=LinkMethod.choices)
    confidence = ShareField(source="confidence_bps")
    source: Any = serializers.CharField()
    knowable_at = serializers.DateTimeField()

    @extend_schema_field(OutcomeSerializer(many=True))
    def get_outcomes(self, market: PredictionValue) -> list[dict[str, Any]]:
        """Labels with probabilities by position."""
        prices = [*market.prices_e6, *[None] * len(market.outcomes)]
        rows = [
            {"label": label, "price_e6": price} for label, price in zip(market.outcomes, prices, strict=False)
        ]
        return [dict(row) for row in OutcomeSerializer(rows, many=True).data]


class PredictionPageSerializer(serializers.Serializer[Any]):
    """A page of prediction markets, the best links first; `nextCursor` is null at the end."""

    items = PredictionSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class CapitalFigureSerializer(serializers.Serializer[Any]):
    """The newest figure of one subject, with its changes; `isProvisional` while its day is not over."""

    channel = serializers.CharField()
    metric = serializers.ChoiceField(choices=CapitalMetric.choices)
    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    subject = serializers.CharField()
    at = serializers.DateTimeField()
    value = DollarsField(source="value_micros")
    change_1d = DollarsField(source="change_1d_micros", allow_null=True)
    change_7d = DollarsField(source="change_7d_micros", allow_null=True)
    change_1d_share = ShareField(source="change_1d_bps", allow_null=True)
    change_7d_share = ShareField(source="change_7d_bps", allow_null=True)
    is_provisional = serializers.BooleanField()
    revision = serializers.IntegerField()
    source: Any = serializers.CharField()
    knowable_at = serializers.DateTimeField()


class CapitalPointSerializer(serializers.Serializer[Any]):
    """One figure at the newest revision that is known."""

    at = serializers.DateTimeField()
    value = DollarsField(source="value_micros")
    is_provisional = serializers.BooleanField()
    revision = serializers.IntegerField()
    knowable_at = serializers.DateTimeField()


class CapitalPageSerializer(serializers.Serializer[Any]):
    """A page of figures by metric, kind and subject; `nextCursor` is null at the end."""

    items = CapitalFigureSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class CapitalSeriesSerializer(serializers.Serializer[Any]):
    """One figure over time, ascending."""

    metric = serializers.ChoiceField(choices=CapitalMetric.choices)
    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    subject = serializers.CharField()
    items = CapitalPointSerializer(many=True)
