"""How far a chain was read."""

from django.db import models


class ChainCursor(models.Model):
    """The last block that was read for a vault, and the highest head ever seen; moved by compare-and-set on `version`.

    One row for each resolver of a vault: events and deposits are of one. `head_at` is when the head last rose, null while
    nothing is known of the chain or it is read anew; how much further a head may be believed to be is counted from it.
    Withdrawals are read on their own, in blocks that are final, up to `withdrawals_to`. The books are held against the
    whole chain piece by piece: `reconciled_to` is where the present round stands, `reconciled_at` when the last one ended.
    """

    chain_id = models.PositiveBigIntegerField()
    vault = models.CharField(max_length=42)
    resolver = models.CharField(max_length=42)
    scanned_to = models.PositiveBigIntegerField()
    head_number = models.PositiveBigIntegerField(default=0)
    head_hash = models.CharField(max_length=66, blank=True, default="")
    head_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveBigIntegerField(default=0)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    withdrawals_to = models.PositiveBigIntegerField(default=0)
    reconciled_to = models.PositiveBigIntegerField(default=0)
    reconciled_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain_id", "vault", "resolver"], name="economy_cursor_vault")
        ]

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.vault}@{self.scanned_to}"
