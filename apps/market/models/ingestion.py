"""What each ingestion cycle did, one row per channel."""

from django.db import models

from apps.market.types import Channel, IngestionStatus, SourceName


class IngestionRun(models.Model):
    """One channel of one cycle; times are market time."""

    source = models.CharField(max_length=16, choices=SourceName.choices)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    status = models.CharField(max_length=16, choices=IngestionStatus.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    rows_written = models.PositiveIntegerField(default=0)
    failed_count = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["channel", "-id"], name="market_run_latest"),
            models.Index(fields=["channel", "status", "-id"], name="market_run_success"),
        ]

    def __str__(self) -> str:
        """Return channel, status and moment."""
        return f"{self.channel} {self.status} {self.started_at:%Y-%m-%d %H:%M:%S}"
