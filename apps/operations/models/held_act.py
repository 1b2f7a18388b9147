"""Acts that one person asked for and another must release before anything happens."""

from django.db import models
from django.db.models import F, Q

from apps.core.fields import PublicIdField
from apps.operations.types import HeldStatus


class HeldAct(models.Model):
    """One act that waits, or how its waiting ended; the row changes once, when it is decided.

    `verb` names the function that carries it out, `payload` what that function is given, `summary` says the same in
    words for who decides. Released means carried out: both happened in one transaction.
    """

    public_id = PublicIdField(prefix="hld")
    verb = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=80)
    subject_id = models.CharField(max_length=80)
    subject_label = models.CharField(max_length=200, blank=True, default="")
    summary = models.CharField(max_length=300)
    payload = models.JSONField(default=dict)
    reason = models.CharField(max_length=500)
    asked_by_kind = models.CharField(max_length=10)
    asked_by_id = models.CharField(max_length=80)
    asked_by_label = models.CharField(max_length=160, blank=True, default="")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=HeldStatus.choices, default=HeldStatus.WAITING)
    decided_by_id = models.CharField(max_length=80, blank=True, default="")
    decided_by_label = models.CharField(max_length=160, blank=True, default="")
    decided_reason = models.CharField(max_length=500, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["status", "expires_at"], name="operations_held_due"),
            models.Index(fields=["subject_type", "subject_id"], name="operations_held_subject"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["verb", "subject_type", "subject_id"],
                condition=Q(status=HeldStatus.WAITING),
                name="operations_one_waiting_act",
            ),
            models.CheckConstraint(
                condition=~Q(status=HeldStatus.RELEASED)
                | (~Q(decided_by_id="") & ~Q(decided_by_id=F("asked_by_id"))),
                name="operations_released_by_another",
            ),
            models.CheckConstraint(
                condition=Q(status=HeldStatus.WAITING, decided_at__isnull=True)
                | (~Q(status=HeldStatus.WAITING) & Q(decided_at__isnull=False)),
                name="operations_decided_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} on {self.subject_label or self.subject_id}"
