"""The asset registry and the prices that the guard refused."""

from django.db import models

from apps.market.types import MINUTE_MS, PriceFault, SourceName


class Asset(models.Model):
    """A perpetual that is priced; `candles_until` and `quotes_until` are how far its memory is written."""

    symbol = models.CharField(max_length=40, unique=True)
    size_decimals = models.PositiveSmallIntegerField()
    max_leverage = models.PositiveSmallIntegerField()
    margin_tiers = models.JSONField(
        default=list, help_text="[[lower bound in micro-dollars, max leverage], ...]"
    )
    is_delisted = models.BooleanField(default=False)
    only_isolated = models.BooleanField(default=False)
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
    """A price that was not accepted; a jump is resolved by the second tick that agrees with it."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="rejections")
    at = models.DateTimeField()
    reason = models.CharField(max_length=24, choices=PriceFault.choices)
    rejected_micros = models.BigIntegerField(null=True, blank=True)
    last_good_micros = models.BigIntegerField(null=True, blank=True)
    source = models.CharField(max_length=16, choices=SourceName.choices)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "reason"],
                condition=models.Q(resolved_at__isnull=True),
                name="market_one_open_rejection",
            )
        ]

    def __str__(self) -> str:
        """Return asset, reason and moment."""
        return f"{self.asset_id} {self.reason} {self.at:%Y-%m-%d %H:%M:%S}"
