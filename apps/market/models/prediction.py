"""Prediction markets: what they are, how their definition and state went over time, and what they are about."""

from django.db import models

from apps.core.fields import MicrosField
from apps.market.models.asset import Asset
from apps.market.types import LinkMethod, PredictionStatus


class PredictionEvent(models.Model):
    """An event that groups markets, as it was last seen; texts are raw."""

    event_id = models.CharField(max_length=40, unique=True)
    slug = models.CharField(max_length=300)
    title = models.TextField()
    tags = models.JSONField(default=list)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=16)
    knowable_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        """Return the slug."""
        return self.slug


class PredictionMarket(models.Model):
    """The identity of a market; everything that can change is a definition or a snapshot."""

    market_id = models.CharField(max_length=40, unique=True)
    condition_id = models.CharField(max_length=80, blank=True, default="")
    slug = models.CharField(max_length=300)
    event = models.ForeignKey(PredictionEvent, null=True, on_delete=models.PROTECT, related_name="markets")
    source = models.CharField(max_length=16)
    knowable_at = models.DateTimeField()
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When ingestion saw it closed; reads of a moment ask the snapshots."
    )

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["source"], name="market_prediction_open", condition=models.Q(closed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        """Return the slug."""
        return self.slug


class PredictionDefinition(models.Model):
    """What a market says, from `knowable_at` until its next definition; `outcomes` are [[label, token id], ...]."""

    market = models.ForeignKey(
        PredictionMarket, on_delete=models.PROTECT, related_name="definitions", db_index=False
    )
    event_title = models.TextField(blank=True, default="", db_default="")
    question = models.TextField()
    description = models.TextField(blank=True, default="")
    resolution_source = models.TextField(blank=True, default="")
    outcomes = models.JSONField(default=list)
    ends_at = models.DateTimeField(null=True, blank=True)
    knowable_at = models.DateTimeField()

    class Meta:
        ordering = ["market", "knowable_at"]
        constraints = [
            models.UniqueConstraint(fields=["market", "knowable_at"], name="market_definition_once")
        ]
        indexes = [models.Index(fields=["ends_at"], name="market_definition_ends")]

    def __str__(self) -> str:
        """Return the beginning of the question."""
        return self.question[:80]


class PredictionSnapshot(models.Model):
    """How a market stood; probabilities in 1e-6 by outcome, money in micro-dollars, None where not given."""

    market = models.ForeignKey(
        PredictionMarket, on_delete=models.PROTECT, related_name="snapshots", db_index=False
    )
    status = models.CharField(max_length=16, choices=PredictionStatus.choices)
    prices_e6 = models.JSONField(default=list)
    best_bid_e6 = models.IntegerField(null=True, blank=True)
    best_ask_e6 = models.IntegerField(null=True, blank=True)
    last_e6 = models.IntegerField(null=True, blank=True)
    liquidity_micros = MicrosField(null=True, blank=True)
    volume_micros = MicrosField(null=True, blank=True)
    volume_24h_micros = MicrosField(null=True, blank=True)
    knowable_at = models.DateTimeField()

    class Meta:
        ordering = ["market", "knowable_at"]
        constraints = [
            models.UniqueConstraint(fields=["market", "knowable_at"], name="market_prediction_snapshot_once")
        ]
        indexes = [
            models.Index(
                fields=["knowable_at"],
                name="market_prediction_closed",
                condition=models.Q(status=PredictionStatus.CLOSED),
            )
        ]

    def __str__(self) -> str:
        """Return market and moment."""
        return f"{self.market_id} {self.knowable_at:%Y-%m-%d %H:%M:%S}"


class PredictionLink(models.Model):
    """That a market is about an asset, with what tells so and how surely; withdrawn, never deleted."""

    market = models.ForeignKey(
        PredictionMarket, on_delete=models.PROTECT, related_name="links", db_index=False
    )
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="prediction_links")
    method = models.CharField(max_length=24, choices=LinkMethod.choices)
    confidence_bps = models.PositiveIntegerField()
    knowable_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["market", "asset", "knowable_at"]
        constraints = [
            models.UniqueConstraint(fields=["market", "asset", "knowable_at"], name="market_link_once"),
            models.CheckConstraint(
                condition=models.Q(confidence_bps__lte=10_000), name="market_link_confidence"
            ),
        ]

    def __str__(self) -> str:
        """Return market, asset and method."""
        return f"{self.market_id} {self.asset_id} {self.method}"
