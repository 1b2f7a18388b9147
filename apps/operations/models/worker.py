"""Who runs what: one heartbeat per cadence and one row per named lease."""

from django.db import models

from apps.operations.types import RunStatus


class WorkerHeartbeat(models.Model):
    """The state of one cadence: who claimed it, until when, how the last run went, when the next is due
    (real time).
    """

    name = models.CharField(max_length=80, unique=True)
    status = models.CharField(max_length=10, choices=RunStatus, default=RunStatus.IDLE)
    owner = models.CharField(max_length=120, blank=True, default="")
    epoch = models.PositiveBigIntegerField(default=0)
    run_id = models.CharField(max_length=40, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    next_due_at = models.DateTimeField(null=True, blank=True)
    interval_ms = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    latency_ms = models.PositiveBigIntegerField(default=0)
    seen_count = models.PositiveBigIntegerField(default=0)
    done_count = models.PositiveBigIntegerField(default=0)
    skipped_count = models.PositiveBigIntegerField(default=0)
    failed_count = models.PositiveBigIntegerField(default=0)
    errors = models.JSONField(default=list, blank=True)
    runs_count = models.PositiveBigIntegerField(default=0)
    failed_runs_count = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Lease(models.Model):
    """A named right to work, held by one owner until it expires; the epoch grows with every claim and fences
    writes.
    """

    name = models.CharField(max_length=160, unique=True)
    owner = models.CharField(max_length=120, blank=True, default="")
    epoch = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} #{self.epoch}"
