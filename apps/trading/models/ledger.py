"""The double-entry ledger of the prop accounts: every group sums to zero and every row seals the one
before.
"""

from django.db import models

from apps.core.append_only import AppendOnlyModel
from apps.core.fields import MicrosField
from apps.exchange.rounding import MAX_MICROS
from apps.trading.types import Book


class LedgerEntry(AppendOnlyModel):
    """One leg of a posting. `hash` covers the row and `previous_hash`, and no random id or primary key."""

    account = models.ForeignKey(
        "trading.PropAccount", on_delete=models.PROTECT, related_name="ledger", db_index=False
    )
    sequence = models.PositiveIntegerField()
    group = models.PositiveIntegerField()
    book = models.CharField(max_length=12, choices=Book.choices)
    kind = models.CharField(max_length=16)
    amount_micros = MicrosField()
    balance_after_micros = MicrosField()
    reference = models.CharField(max_length=96)
    source_digest = models.CharField(max_length=64, blank=True, default="")
    at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta(AppendOnlyModel.Meta):
        ordering = ("account_id", "sequence")
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["account", "sequence"], name="trading_ledger_sequence"),
            models.UniqueConstraint(fields=["account", "reference", "book"], name="trading_ledger_source"),
            models.CheckConstraint(
                condition=models.Q(amount_micros__range=(-MAX_MICROS, MAX_MICROS))
                & models.Q(balance_after_micros__range=(-MAX_MICROS, MAX_MICROS)),
                name="trading_ledger_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.sequence}"
