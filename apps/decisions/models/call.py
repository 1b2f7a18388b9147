"""What was asked of a model and what that cost: one row a call, whatever became of it."""

from django.db import models
from django.db.models import Q

from apps.core.fields import MicrosField
from apps.decisions.types import CallStatus


class ModelCall(models.Model):
    """One call of a model for a run; the row is there before the call, so a vanished worker leaves its claim.

    `response` is what came back, also where another answer was taken; costs are micro-dollars, times are real.
    `user` is whose day it counts to. A dry run's call belongs to no run. `lease_epoch` is that of the run's lease under
    which it was made: another worker's answer is not kept.
    """

    run = models.ForeignKey(
        "decisions.DecisionRun", on_delete=models.PROTECT, related_name="calls", null=True, blank=True
    )
    user = models.CharField(max_length=64, blank=True, default="", db_default="")
    attempt = models.PositiveSmallIntegerField()
    lease_epoch = models.PositiveIntegerField(default=0, db_default=0)
    is_repair = models.BooleanField(default=False)
    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=120)
    parameters = models.JSONField(default=dict)
    request_digest = models.CharField(max_length=64)
    status = models.CharField(max_length=12, choices=CallStatus.choices, default=CallStatus.PENDING)
    fault = models.CharField(max_length=32, blank=True, default="")
    detail = models.CharField(max_length=300, blank=True, default="")
    response = models.TextField(blank=True, default="")
    response_digest = models.CharField(max_length=64, blank=True, default="")
    provider_reference = models.CharField(max_length=120, blank=True, default="")
    tokens_in_count = models.PositiveIntegerField(default=0)
    tokens_cached_count = models.PositiveIntegerField(default=0)
    tokens_out_count = models.PositiveIntegerField(default=0)
    reserved_micros = MicrosField(default=0)
    cost_micros = MicrosField(default=0)
    latency_ms = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["run", "attempt"], name="decisions_one_call_an_attempt"),
            models.UniqueConstraint(
                fields=["run"], condition=Q(status=CallStatus.TAKEN), name="decisions_one_answer_a_run"
            ),
        ]
        indexes = [
            models.Index(fields=["-started_at"], name="decisions_call_newest"),
            models.Index(
                fields=["started_at"], condition=Q(status=CallStatus.PENDING), name="decisions_call_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.attempt}: {self.status}"
