"""The asset registry and the prices that the guard refused."""

from django.db import models

from apps.core.fields import MicrosField
from apps.market.types import MINUTE_MS, AssetCategory, PriceFault, SourceName


class Asset(models.Model):
    """A perpetual of the source's registry; only a tracked one is priced and may be traded.

    `candles_until` and `quotes_until` are how far its memory is written.
    """

    symbol = models.CharField(max_length=40, unique=True)
    venue_index = models.PositiveIntegerField(
        null=True, blank=True, help_text="Its place in the venue's universe, which is its asset id there."
    )
    category = models.CharField(
        max_length=16,
        choices=AssetCategory.choices,
        default=AssetCategory.OTHER,
        db_default=AssetCategory.OTHER,
    )
    is_tracked = models.BooleanField(default=True, db_default=True)
    units_per_contract = models.PositiveIntegerField(
        default=1, db_default=1, help_text="1000 for the venue's k-coins."
    )
    size_decimals = models.PositiveSmallIntegerField()
    max_leverage = models.PositiveSmallIntegerField()
    margin_tiers = models.JSONField(
        default=list, help_text="[[lower bound in micro-dollars, max leverage], ...]"
    )
    is_delisted = models.BooleanField(default=False)
    delisted_at = models.DateTimeField(null=True, blank=True)
    only_isolated = models.BooleanField(default=False)
    margin_mode = models.CharField(max_length=24, blank=True, default="", db_default="")
    source = models.CharField(max_length=16, choices=SourceName.choices)
    base_interval_ms = models.PositiveIntegerField(
        default=MINUTE_MS, help_text="Shortest candle of the source."
    )
    candles_until = models.DateTimeField(null=True, blank=True)
    quotes_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        """Return the symbol."""
        return self.symbol


class PriceRejection(models.Model):
    """A price that was not accepted; it stands from `at` until it is resolved.

    That is when a price is accepted, or when another refusal takes its place. A jump that another channel of the
    source confirmed at once is resolved at its own moment.
    """

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="rejections")
    at = models.DateTimeField()
    reason = models.CharField(max_length=24, choices=PriceFault.choices)
    rejected_micros = MicrosField(null=True, blank=True)
    last_good_micros = MicrosField(null=True, blank=True)
    source = models.CharField(max_length=16, choices=SourceName.choices)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["asset", "resolved_at"], name="market_rejection_standing")]
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "reason"],
                condition=models.Q(resolved_at__isnull=True),
                name="market_one_open_rejection",
            ),
            models.UniqueConstraint(fields=["asset", "reason", "at"], name="market_rejection_once"),
        ]

    def __str__(self) -> str:
        """Return asset, reason and moment."""
        return f"{self.asset_id} {self.reason} {self.at:%Y-%m-%d %H:%M:%S}"
