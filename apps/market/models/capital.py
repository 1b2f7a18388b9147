"""Capital on chain, every revision of every figure."""

from django.db import models

from apps.core.fields import MicrosField
from apps.market.types import CapitalMetric, Channel, SubjectKind


class CapitalPoint(models.Model):
    """One figure of one subject at one moment; a later revision is a further row."""

    channel = models.CharField(max_length=24, choices=Channel.choices)
    metric = models.CharField(max_length=24, choices=CapitalMetric.choices)
    kind = models.CharField(max_length=16, choices=SubjectKind.choices)
    subject = models.CharField(max_length=120)
    at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=0)
    value_micros = MicrosField()
    is_provisional = models.BooleanField(default=False)
    source = models.CharField(max_length=16)
    knowable_at = models.DateTimeField()

    class Meta:
        ordering = ["metric", "kind", "subject", "at", "revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "kind", "subject", "at", "revision"], name="market_capital_once"
            ),
            models.CheckConstraint(
                condition=models.Q(value_micros__gte=0), name="market_capital_not_negative"
            ),
        ]

    def __str__(self) -> str:
        """Return metric, subject and moment."""
        return f"{self.metric} {self.subject} {self.at:%Y-%m-%d %H:%M} r{self.revision}"
