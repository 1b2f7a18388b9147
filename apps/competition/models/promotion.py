"""The promotion queue: first in, first out, by sequence."""

from django.db import models

from apps.competition.types import EntryStatus
from apps.core.append_only import AppendOnlyModel


class PromotionEntry(models.Model):
    """A clone that passed and waits for a slot.

    `reason` says what stands in its way now, blank where nothing does, or why it was removed.
    """

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


class QueueNote(AppendOnlyModel):
    """What stood in the way of a waiting entry from `at` on, until its next note; blank: nothing any more."""

    entry = models.ForeignKey("competition.PromotionEntry", on_delete=models.PROTECT, related_name="notes")
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta(AppendOnlyModel.Meta):
        ordering = ("-id",)
        indexes = [models.Index(fields=["entry", "at"], name="competition_queue_note_at")]

    def __str__(self) -> str:
        return f"{self.entry}: {self.reason or 'may enter'}"
