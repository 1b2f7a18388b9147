"""What the builder sends and reads: a document to check, the basic mode's choices, the catalogue of blocks."""

from typing import Any

from rest_framework import serializers

from apps.clones.graph.types import ENGINES, RULE_STRATEGIES
from apps.clones.graph.validate import MAX_BEHAVIOUR, MAX_CADENCE_MINUTES, MAX_NODES, WAKE_MOVE_BPS
from apps.clones.types import ModelStrength, Tier
from apps.core.api import DocumentField, ExactIntField, StrictSerializer
from apps.market.types import AssetCategory


class CheckSerializer(StrictSerializer):
    """A document to check, and the tier to measure it against."""

    document = DocumentField()
    tier = serializers.ChoiceField(choices=Tier.choices, required=False)


class FaultSerializer(serializers.Serializer[Any]):
    """One thing wrong with a document, and where."""

    path = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class UsageSerializer(serializers.Serializer[Any]):
    """How much of one limit a strategy uses; `allowed` is null where no tier was named."""

    limit = serializers.CharField()
    used = serializers.IntegerField()
    allowed = serializers.IntegerField(allow_null=True)


class ReviewSerializer(serializers.Serializer[Any]):
    """All there is to say about a document; `compiled` is null where it does not compile."""

    ok = serializers.BooleanField()
    faults = FaultSerializer(many=True)
    usage = UsageSerializer(many=True)
    compiled: Any = DocumentField(source="compiled.to_document", allow_null=True, default=None)


class BasicSerializer(StrictSerializer):
    """The choices of the basic mode; a move of 0 bps wakes nobody."""

    assets = serializers.ListField(child=serializers.CharField(max_length=32), max_length=MAX_NODES)
    strategy = serializers.ChoiceField(choices=RULE_STRATEGIES, default="trend")
    cadence_minutes = ExactIntField(min_value=1, max_value=MAX_CADENCE_MINUTES, default=5)
    depth = serializers.ChoiceField(choices=("fast", "balanced", "deep"), default="fast")
    engine = serializers.ChoiceField(choices=ENGINES, default="rules")
    name = serializers.CharField(max_length=64, default="Trader")
    behaviour = serializers.CharField(max_length=MAX_BEHAVIOUR, allow_blank=True, default="")
    enabled = serializers.BooleanField(default=True)
    wake_price_move_bps = ExactIntField(min_value=0, max_value=WAKE_MOVE_BPS[1], default=0)
    wake_stop_hit = serializers.BooleanField(default=False)
    wake_new_market = serializers.BooleanField(default=False)


class DocumentSerializer(serializers.Serializer[Any]):
    """A graph document."""

    document: Any = DocumentField()


class StreamSerializer(serializers.Serializer[Any]):
    """A data stream; `intervalMs` is the bar length of a candle stream and zero otherwise."""

    key = serializers.CharField()
    title = serializers.CharField()
    interval_ms = serializers.IntegerField()


class BundleSerializer(serializers.Serializer[Any]):
    """A depth of the basic mode and the streams that it stands for."""

    key = serializers.CharField()
    streams = serializers.ListField(child=serializers.CharField())


class TierSerializer(serializers.Serializer[Any]):
    """The limits of one tier, counted after expansion."""

    tier = serializers.CharField()
    active_assets = serializers.IntegerField()
    enabled_prompts = serializers.IntegerField()
    links_per_asset = serializers.IntegerField()
    links_in_all = serializers.IntegerField()
    waking_prompts = serializers.IntegerField()


class TradableAssetSerializer(serializers.Serializer[Any]):
    """An asset that clones may trade; the basic mode chooses by `category`."""

    symbol = serializers.CharField()
    category = serializers.ChoiceField(choices=AssetCategory.choices)
    max_leverage = serializers.IntegerField()


class FeeSerializer(serializers.Serializer[Any]):
    """The price of an audition, in wei."""

    model_strength = serializers.ChoiceField(choices=ModelStrength.choices)
    tier = serializers.ChoiceField(choices=Tier.choices)
    wei = serializers.CharField()


class CatalogueSerializer(serializers.Serializer[Any]):
    """Everything a builder chooses from."""

    streams = StreamSerializer(many=True)
    bundles = BundleSerializer(many=True)
    modes = serializers.ListField(child=serializers.CharField())
    engines = serializers.ListField(child=serializers.CharField())
    strategies = serializers.ListField(child=serializers.CharField())
    longest_cadence_minutes = serializers.IntegerField()
    wake_move_bps = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)
    longest_behaviour = serializers.IntegerField()
    most_nodes = serializers.IntegerField()
    tiers = TierSerializer(many=True)
    assets = TradableAssetSerializer(many=True)
    audition_fees = FeeSerializer(many=True)
    free_clones_per_user = serializers.IntegerField()
