"""What did not agree between the chain and the books: opened once, closed when it agrees again."""

from django.db import models

from apps.core.fields import PublicIdField
from apps.economy.types import FindingKind


class Finding(models.Model):
    """One disagreement about one subject; open while `closed_at` is empty, and at most one open of a kind."""

    public_id = PublicIdField(prefix="fnd")
    kind = models.CharField(max_length=20, choices=FindingKind.choices)
    chain_id = models.PositiveBigIntegerField()
    subject = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "chain_id", "subject"],
                condition=models.Q(closed_at__isnull=True),
                name="economy_one_open_finding",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
