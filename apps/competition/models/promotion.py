"""The promotion queue: first in, first out, by sequence."""

from django.db import models

from apps.competition.types import EntryStatus


class PromotionEntry(models.Model):
    """A clone that passed and waits for a slot; `reason` says why it was last passed over or removed."""

    sequence = models.PositiveBigIntegerField(unique=True)
    clone = models.ForeignKey("clones.Clone", on_delete=models.PROTECT, related_name="promotion_entries")
    audition = models.OneToOneField(
        "competition.Audition", on_delete=models.PROTECT, related_name="promotion"
    )
    status = models.CharField(max_length=10, choices=EntryStatus.choices, default=EntryStatus.WAITING)
    reason = models.CharField(max_length=200, blank=True, default="")
    waiting_since = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("sequence",)
        verbose_name_plural = "promotion queue"
        constraints = [
            models.UniqueConstraint(
                fields=["clone"], condition=models.Q(status="waiting"), name="competition_one_waiting_entry"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.sequence}"
