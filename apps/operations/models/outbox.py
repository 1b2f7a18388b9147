"""Work that was accepted: one row per wake-up, written in the transaction that asked for it."""

from django.db import models

from apps.operations.types import OutboxStatus


class OutboxRow(models.Model):
    """One piece of queued work; the broker only carries its number."""

    name = models.CharField(max_length=80)
    args = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=200, null=True, blank=True, unique=True)
    status = models.CharField(max_length=10, choices=OutboxStatus, default=OutboxStatus.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)
    owner = models.CharField(max_length=120, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    sends_count = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["status", "next_attempt_at"], name="operations_outbox_due"),
            models.Index(fields=["status", "lease_until"], name="operations_outbox_lease"),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"
