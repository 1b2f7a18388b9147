"""What each ingestion cycle did, one row per channel."""

from django.db import models

from apps.core.errors import AdapterFault
from apps.market.types import Channel, IngestionStatus


class IngestionRun(models.Model):
    """One channel of one cycle; times are market time, `data_at` is that of the newest datum it saw."""

    source = models.CharField(max_length=16)
    channel = models.CharField(max_length=24, choices=Channel.choices)
    status = models.CharField(max_length=16, choices=IngestionStatus.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    data_at = models.DateTimeField(null=True, blank=True)
    rows_written = models.PositiveIntegerField(default=0)
    failed_count = models.PositiveIntegerField(default=0)
    fault = models.CharField(
        max_length=24,
        choices=[(item.value, item.value) for item in AdapterFault],
        blank=True,
        default="",
        db_default="",
    )
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["source", "channel", "-id"], name="market_run_latest"),
            models.Index(fields=["source", "channel", "status", "-id"], name="market_run_success"),
        ]

    def __str__(self) -> str:
        """Return channel, status and moment."""
        return f"{self.channel} {self.status} {self.started_at:%Y-%m-%d %H:%M:%S}"
