"""The double-entry ledger of real value: entries of a chain in one sequence, whose lines sum to zero."""

from django.db import models

from apps.core.append_only import AppendOnlyModel
from apps.core.fields import WeiField


class LedgerHead(models.Model):
    """The last entry of a chain; locked by who writes the next, so that entries take turns."""

    chain_id = models.PositiveBigIntegerField(unique=True)
    sequence = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.sequence}"


class LedgerBook(models.Model):
    """The balance of one book of a chain, always what its lines add up to; changed under the head's lock only."""

    chain_id = models.PositiveBigIntegerField()
    name = models.CharField(max_length=60)
    balance_wei = WeiField(default=0)

    class Meta:
        ordering = ("chain_id", "name")
        constraints = [models.UniqueConstraint(fields=["chain_id", "name"], name="economy_book_name")]

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.name}"


class JournalEntry(AppendOnlyModel):
    """One posting. `digest` covers it, its lines and the digest before it; `reference` makes it happen once."""

    chain_id = models.PositiveBigIntegerField()
    sequence = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=24)
    reference = models.CharField(max_length=120)
    subject = models.CharField(max_length=40, db_index=True)
    by = models.CharField(max_length=120)
    reason = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    previous_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta(AppendOnlyModel.Meta):
        ordering = ("chain_id", "sequence")
        verbose_name_plural = "journal entries"
        constraints = [
            models.UniqueConstraint(fields=["chain_id", "sequence"], name="economy_journal_sequence"),
            models.UniqueConstraint(fields=["chain_id", "reference"], name="economy_journal_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.sequence} {self.kind}"


class JournalLine(AppendOnlyModel):
    """What an entry does to one book, and the book's balance after it; wei."""

    entry = models.ForeignKey("economy.JournalEntry", on_delete=models.PROTECT, related_name="lines")
    book = models.CharField(max_length=60)
    amount_wei = WeiField()
    balance_after_wei = WeiField()

    class Meta(AppendOnlyModel.Meta):
        ordering = ("entry_id", "id")
        constraints = [models.UniqueConstraint(fields=["entry", "book"], name="economy_line_per_book")]

    def __str__(self) -> str:
        return f"{self.book} {self.amount_wei}"
