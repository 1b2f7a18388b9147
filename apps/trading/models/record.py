"""Sealed executions, chained per account, and the one digest a day that covers every chain."""

from django.db import models

from apps.core.append_only import AppendOnlyModel


class ExecutionRecord(AppendOnlyModel):
    """Everything that judging one action used and all that came of it, as canonical JSON.

    `digest` is the SHA-256 of `document`, which names the account's previous record.
    """

    verdict = models.OneToOneField("trading.ActionVerdict", on_delete=models.PROTECT, related_name="record")
    account = models.ForeignKey(
        "trading.PropAccount", on_delete=models.PROTECT, related_name="records", db_index=False
    )
    sequence = models.PositiveIntegerField()
    document = models.TextField()
    previous_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta(AppendOnlyModel.Meta):
        ordering = ("account_id", "sequence")
        constraints = [
            models.UniqueConstraint(fields=["account", "sequence"], name="trading_record_sequence"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.sequence}"


class DayRoot(AppendOnlyModel):
    """One digest over the heads of every chain as they stood at the end of a UTC day.

    `leaves` is canonical JSON: one list an account that decided, executed or booked anything by then. `tree` is the top
    of the tree over them, and `root` seals it with the date and the root of the day before (`apps.trading.merkle`).
    """

    date = models.DateField(unique=True)
    leaves = models.TextField()
    leaves_count = models.PositiveIntegerField()
    tree = models.CharField(max_length=64, default="", db_default="")
    previous_root = models.CharField(max_length=64, blank=True)
    root = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta(AppendOnlyModel.Meta):
        ordering = ("-date",)

    def __str__(self) -> str:
        return f"{self.date.isoformat()} {self.root[:12]}"
