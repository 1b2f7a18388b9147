"""What was pinned: the terms of an instrument as used, and the policies an account has had."""

from django.db import models

from apps.core.append_only import AppendOnlyModel


class InstrumentTerms(AppendOnlyModel):
    """An instrument as the kernel used it, named by the SHA-256 of its canonical document."""

    symbol = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, unique=True)
    document = models.JSONField()
    at = models.DateTimeField()

    class Meta(AppendOnlyModel.Meta):
        ordering = ("-id",)
        verbose_name_plural = "instrument terms"

    def __str__(self) -> str:
        return f"{self.symbol}/{self.digest[:12]}"


class PolicySnapshot(AppendOnlyModel):
    """An execution policy that an account was given, in the order it had them; the last one rules."""

    account = models.ForeignKey(
        "trading.PropAccount", on_delete=models.PROTECT, related_name="policies", db_index=False
    )
    sequence = models.PositiveIntegerField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()

    class Meta(AppendOnlyModel.Meta):
        ordering = ("account_id", "sequence")
        constraints = [
            models.UniqueConstraint(fields=["account", "sequence"], name="trading_policy_sequence")
        ]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.sequence}"
