"""What may be asked of the market's routes: strict query parameters, by their names on the wire."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apps.core.api import ExactIntField, MomentField, StrictSerializer
from apps.market.types import (
    GLOBAL_SUBJECT,
    INTERVALS_MS,
    AssetCategory,
    CapitalMetric,
    Channel,
    PredictionView,
    SubjectKind,
)

CAPITAL = (Channel.CAPITAL_BASE, Channel.CAPITAL_FLOWS, Channel.ECONOMIC_THROUGHPUT)
INTERVALS = sorted(INTERVALS_MS, key=INTERVALS_MS.__getitem__)


class AssetsQuery(StrictSerializer):
    """Which assets."""

    category = serializers.ChoiceField(choices=AssetCategory.choices, required=False)
    scope = serializers.ChoiceField(
        choices=["tracked", "all"], default="tracked", help_text="Priced and tradable, or all that is listed."
    )
    limit = ExactIntField(min_value=1, max_value=200, default=50)
    cursor = serializers.CharField(required=False)


class SeriesQuery(StrictSerializer):
    """How much of a series, and before which moment."""

    limit = ExactIntField(min_value=1, max_value=1_000, default=120)
    before = MomentField(required=False, help_text="Only what is earlier; take the `nextBefore` of a page.")


class CandlesQuery(SeriesQuery):
    """Which candles."""

    interval = serializers.ChoiceField(choices=INTERVALS, default="1m")


class FeaturesQuery(StrictSerializer):
    """Which candles the features are of."""

    interval = serializers.ChoiceField(choices=["1m", "5m", "1h"], default="5m")


class PageQuery(StrictSerializer):
    """Which page of a list."""

    limit = ExactIntField(min_value=1, max_value=200, default=50)
    cursor = ExactIntField(min_value=0, max_value=100_000, default=0, help_text="The `nextCursor` of a page.")


class PredictionsQuery(PageQuery):
    """Which prediction markets."""

    symbol = serializers.CharField(max_length=40, required=False)
    view = serializers.ChoiceField(choices=PredictionView.choices, default=PredictionView.IMMEDIATE.value)


class CapitalQuery(PageQuery):
    """Which figures of capital."""

    channel = serializers.ChoiceField(choices=[(one.value, one.label) for one in CAPITAL], required=False)
    kind = serializers.ChoiceField(choices=SubjectKind.choices, required=False)
    subject = serializers.CharField(max_length=120, required=False)


class CapitalSeriesQuery(StrictSerializer):
    """Which figure over time."""

    metric = serializers.ChoiceField(choices=CapitalMetric.choices, default=CapitalMetric.TVL.value)
    kind = serializers.ChoiceField(choices=SubjectKind.choices, default=SubjectKind.GLOBAL.value)
    subject = serializers.CharField(max_length=120, default=GLOBAL_SUBJECT)
    days = ExactIntField(min_value=1, max_value=365, default=90)


def asked(request: Request, query: type[StrictSerializer]) -> dict[str, Any]:
    """The validated parameters of a request; raises ValidationError for unknown or malformed ones."""
    given = query(data=request.query_params.dict())
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
