"""The one chosen price source."""

from django.db import models

from apps.market.types import SourceName


class MarketSourceState(models.Model):
    """A single row (id 1): which source fills this memory, how it was configured and why."""

    SINGLETON_ID = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=SINGLETON_ID)
    name = models.CharField(max_length=16, choices=SourceName.choices)
    label = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)
    config = models.JSONField(default=dict)
    span_start = models.DateTimeField(null=True, blank=True)
    span_end = models.DateTimeField(null=True, blank=True)
    selected_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="market_one_source")]

    def __str__(self) -> str:
        """Return the label."""
        return self.label
