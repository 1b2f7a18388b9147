"""An audition: one clone, one account of its own, one pinned rulebook, one result."""

from django.db import models

from apps.competition.types import AuditionStatus
from apps.core.fields import PublicIdField


class Audition(models.Model):
    """A timed test of a clone. `result` keeps the figures that the verdict was read from.

    `ends_at` moves on by `extended_minutes` where the arena was down. `flagged_at` is set while what was paid for it is
    in doubt: it runs on and is not judged. `deferred_at` is when its judgement was first put off, with the reason that
    held last, blank when it is not put off any more. `watch` is how far its path of marks was followed and what decided
    on it, `closing` what the window ended with (of no meaning once its end moved on), `looked_at` the last look.
    """

    public_id = PublicIdField(prefix="aud")
    clone = models.ForeignKey("clones.Clone", on_delete=models.PROTECT, related_name="auditions")
    account = models.OneToOneField("trading.PropAccount", on_delete=models.PROTECT, related_name="audition")
    entitlement = models.OneToOneField(
        "clones.Entitlement", on_delete=models.PROTECT, related_name="audition"
    )
    rulebook = models.ForeignKey("competition.Rulebook", on_delete=models.PROTECT, related_name="auditions")
    status = models.CharField(max_length=10, choices=AuditionStatus.choices, default=AuditionStatus.RUNNING)
    reason = models.CharField(max_length=200, blank=True, default="")
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    extended_minutes = models.PositiveIntegerField(default=0)
    flagged_at = models.DateTimeField(null=True, blank=True)
    flag_reason = models.CharField(max_length=200, blank=True, default="")
    deferred_at = models.DateTimeField(null=True, blank=True)
    deferred_reason = models.CharField(max_length=80, blank=True, default="")
    watch = models.JSONField(default=dict, editable=False)
    closing = models.JSONField(default=dict, editable=False)
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)
    result_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["status", "ends_at"], name="competition_audition_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["clone"],
                condition=models.Q(status="running"),
                name="competition_one_running_audition",
            ),
            models.CheckConstraint(
                condition=models.Q(status="running", result_at__isnull=True)
                | (~models.Q(status="running") & models.Q(result_at__isnull=False)),
                name="competition_result_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
