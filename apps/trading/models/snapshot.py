"""What an account was worth at a mark."""

from django.db import models

from apps.core.fields import MicrosField


class AccountSnapshot(models.Model):
    """Cash, unrealised profit, equity and maintenance margin of one account at one moment, in micro-
    dollars.
    """

    account = models.ForeignKey(
        "trading.PropAccount", on_delete=models.PROTECT, related_name="snapshots", db_index=False
    )
    at = models.DateTimeField()
    cash_micros = MicrosField()
    unrealized_micros = MicrosField()
    equity_micros = MicrosField()
    maintenance_micros = MicrosField()

    class Meta:
        ordering = ("account_id", "at")
        constraints = [models.UniqueConstraint(fields=["account", "at"], name="trading_snapshot_at")]

    def __str__(self) -> str:
        return f"{self.account_id}@{self.at.isoformat()}"
