"""Closed candles, the values they had before a correction, and whole days of them as columns."""

from django.db import models

from apps.core.fields import MicrosField
from apps.market.models.asset import Asset
from apps.market.types import SourceName


class Candle(models.Model):
    """One closed candle of one length; `volume_micros` is in 1e-6 base units.

    A source may correct it: then the earlier values are a `CandleRevision`, `knowable_at` stays, and the present
    values count from `revised_at` on.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="candles", db_index=False)
    interval_ms = models.PositiveIntegerField()
    open_at = models.DateTimeField()
    open_micros = MicrosField()
    high_micros = MicrosField()
    low_micros = MicrosField()
    close_micros = MicrosField()
    volume_micros = models.BigIntegerField()
    source = models.CharField(max_length=16, choices=SourceName.choices)
    knowable_at = models.DateTimeField()
    revised_at = models.DateTimeField(null=True, blank=True)

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


class CandleRevision(models.Model):
    """The values of a candle before a correction: they counted from `knowable_at` until `superseded_at`."""

    asset = models.ForeignKey(
        Asset, on_delete=models.PROTECT, related_name="candle_revisions", db_index=False
    )
    interval_ms = models.PositiveIntegerField()
    open_at = models.DateTimeField()
    open_micros = MicrosField()
    high_micros = MicrosField()
    low_micros = MicrosField()
    close_micros = MicrosField()
    volume_micros = models.BigIntegerField()
    knowable_at = models.DateTimeField()
    superseded_at = models.DateTimeField()

    class Meta:
        ordering = ["asset", "interval_ms", "open_at", "superseded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "interval_ms", "open_at", "superseded_at"],
                name="market_candle_revision_once",
            )
        ]

    def __str__(self) -> str:
        """Return asset, length, opening and the end of these values."""
        return f"{self.asset_id} {self.interval_ms} {self.open_at:%Y-%m-%d %H:%M} until {self.superseded_at}"


class CandleBlock(models.Model):
    """One closed UTC day of one asset's candles of one length, as columns; kept for ever.

    `body` holds little-endian int64 columns one after the other, each `bars_count` long: open time (ms), open, high,
    low, close, volume, knowable time (ms); `digest` is its SHA-256.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="candle_blocks", db_index=False)
    interval_ms = models.PositiveIntegerField()
    day_date = models.DateField()
    bars_count = models.PositiveIntegerField()
    body = models.BinaryField()
    digest = models.CharField(max_length=64)
    source = models.CharField(max_length=16, choices=SourceName.choices)
    knowable_at = models.DateTimeField(help_text="When the last of its candles became knowable.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["asset", "interval_ms", "day_date"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "interval_ms", "day_date"], name="market_block_once")
        ]

    def __str__(self) -> str:
        """Return asset, length and day."""
        return f"{self.asset_id} {self.interval_ms} {self.day_date}"
