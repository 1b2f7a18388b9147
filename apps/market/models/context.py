"""Positioning and funding of an asset over time."""

from django.db import models

from apps.core.fields import MicrosField
from apps.market.models.asset import Asset
from apps.market.types import SourceName


class AssetContext(models.Model):
    """Open interest, day volume, premium and impact prices of one asset at one moment (units: `ContextTick`)."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="contexts", db_index=False)
    at = models.DateTimeField()
    open_interest_micros = models.BigIntegerField()
    day_notional_micros = MicrosField()
    day_base_micros = models.BigIntegerField()
    previous_day_micros = MicrosField(null=True, blank=True)
    premium_e10 = models.BigIntegerField(null=True, blank=True)
    impact_bid_micros = MicrosField(null=True, blank=True)
    impact_ask_micros = MicrosField(null=True, blank=True)
    source = models.CharField(max_length=16, choices=SourceName.choices)
    knowable_at = models.DateTimeField()

    class Meta:
        ordering = ["asset", "at"]
        constraints = [models.UniqueConstraint(fields=["asset", "at"], name="market_context_once")]

    def __str__(self) -> str:
        """Return asset and moment."""
        return f"{self.asset_id} {self.at:%Y-%m-%d %H:%M:%S}"


class FundingRate(models.Model):
    """The funding of one hour of one asset, paid at `hour_at`; the rate is hourly, both are fractions in 1e-10."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="funding_rates", db_index=False)
    hour_at = models.DateTimeField()
    rate_e10 = models.BigIntegerField()
    premium_e10 = models.BigIntegerField(null=True, blank=True)
    source = models.CharField(max_length=16, choices=SourceName.choices)
    knowable_at = models.DateTimeField()

    class Meta:
        ordering = ["asset", "hour_at"]
        constraints = [models.UniqueConstraint(fields=["asset", "hour_at"], name="market_funding_once")]

    def __str__(self) -> str:
        """Return asset and hour."""
        return f"{self.asset_id} {self.hour_at:%Y-%m-%d %H:%M}"
