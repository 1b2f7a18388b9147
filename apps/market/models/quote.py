"""Accepted prices, cited by fills."""

from django.db import models

from apps.core.fields import MicrosField
from apps.market.models.asset import Asset
from apps.market.types import SourceName


class Quote(models.Model):
    """Mark, oracle and mid of one asset at one moment, after the guard accepted them.

    A cited one is never pruned.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="quotes", db_index=False)
    at = models.DateTimeField()
    mark_micros = MicrosField()
    oracle_micros = MicrosField()
    mid_micros = MicrosField()
    funding_rate_e10 = models.BigIntegerField(default=0)
    source = models.CharField(max_length=16, choices=SourceName.choices)
    knowable_at = models.DateTimeField()
    is_cited = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["asset", "at"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "at"], name="market_quote_once"),
            models.CheckConstraint(
                condition=models.Q(mark_micros__gt=0, oracle_micros__gt=0, mid_micros__gt=0),
                name="market_quote_positive",
            ),
        ]

    def __str__(self) -> str:
        """Return asset and moment."""
        return f"{self.asset_id} {self.at:%Y-%m-%d %H:%M:%S}"
