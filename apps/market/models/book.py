"""Book snapshots, kept so that a fill can cite the one it walked."""

from django.db import models

from apps.market.models.asset import Asset
from apps.market.types import SourceName


class BookSnapshot(models.Model):
    """A book at one moment: sides are [[price in micro-dollars, lots], ...], best first. A cited one is never pruned."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="books", db_index=False)
    at = models.DateTimeField()
    bids = models.JSONField()
    asks = models.JSONField()
    source = models.CharField(max_length=16, choices=SourceName.choices)
    knowable_at = models.DateTimeField()
    is_cited = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["asset", "at"]
        constraints = [models.UniqueConstraint(fields=["asset", "at"], name="market_book_once")]

    def __str__(self) -> str:
        """Return asset and moment."""
        return f"{self.asset_id} {self.at:%Y-%m-%d %H:%M:%S}"
