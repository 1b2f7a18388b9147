"""What an account was worth at a mark, and the prices it was valued at."""

from django.db import models

from apps.core.fields import MicrosField


class MarkSet(models.Model):
    """The prices of one mark to market, kept as long as a snapshot was taken at them.

    `marks` is `{symbol: [mark in micro-dollars, reference of the quote, key of the instrument's terms]}`, `digest`
    the SHA-256 of its canonical form.
    """

    at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    marks = models.JSONField()

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["at", "digest"], name="trading_mark_set_once")]

    def __str__(self) -> str:
        return f"{self.at.isoformat()}/{self.digest[:12]}"


class AccountSnapshot(models.Model):
    """Cash, unrealised profit, equity and maintenance margin of one account at one moment, in micro-
    dollars.

    The account was as its ledger made it up to `ledger_sequence`; its positions were valued at `mark_set`.
    """

    account = models.ForeignKey(
        "trading.PropAccount", on_delete=models.PROTECT, related_name="snapshots", db_index=False
    )
    at = models.DateTimeField()
    cash_micros = MicrosField()
    unrealized_micros = MicrosField()
    equity_micros = MicrosField()
    maintenance_micros = MicrosField()
    ledger_sequence = models.PositiveIntegerField(default=0, db_default=0)
    mark_set = models.ForeignKey(
        "trading.MarkSet", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("account_id", "at")
        constraints = [models.UniqueConstraint(fields=["account", "at"], name="trading_snapshot_at")]

    def __str__(self) -> str:
        return f"{self.account_id}@{self.at.isoformat()}"
