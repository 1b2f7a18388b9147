"""Closed candles."""

from django.db import models

from apps.core.fields import MicrosField
from apps.market.models.asset import Asset
from apps.market.types import SourceName


class Candle(models.Model):
    """One closed candle of one length; `volume_micros` is in 1e-6 base units."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="candles")
    interval_ms = models.PositiveIntegerField()
    open_at = models.DateTimeField()
    open_micros = MicrosField()
    high_micros = MicrosField()
    low_micros = MicrosField()
    close_micros = MicrosField()
    volume_micros = models.BigIntegerField()
    source = models.CharField(max_length=16, choices=SourceName.choices)
    knowable_at = models.DateTimeField()

    class Meta:
        ordering = ["asset", "interval_ms", "open_at"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "interval_ms", "open_at"], name="market_candle_once"),
            models.CheckConstraint(
                condition=models.Q(low_micros__gt=0, volume_micros__gte=0)
                & models.Q(low_micros__lte=models.F("open_micros"))
                & models.Q(low_micros__lte=models.F("close_micros"))
                & models.Q(high_micros__gte=models.F("open_micros"))
                & models.Q(high_micros__gte=models.F("close_micros")),
                name="market_candle_shape",
            ),
        ]

    def __str__(self) -> str:
        """Return asset, length and opening."""
        return f"{self.asset_id} {self.interval_ms} {self.open_at:%Y-%m-%d %H:%M}"
