"""What trading decided about a proposed action, once."""

from django.db import models

from apps.trading.types import VerdictStatus


class ActionVerdict(models.Model):
    """Executed, denied (with the gate's reason) or held; its uniqueness is what makes a repeat do nothing."""

    action = models.OneToOneField(
        "decisions.ProposedAction", on_delete=models.PROTECT, related_name="verdict"
    )
    account = models.ForeignKey(
        "trading.PropAccount", on_delete=models.PROTECT, related_name="verdicts", db_index=False
    )
    status = models.CharField(max_length=10, choices=VerdictStatus.choices)
    reason_code = models.CharField(max_length=48, blank=True, default="")
    detail = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["account", "status"], name="trading_verdict_status"),
            models.Index(fields=["at"], name="trading_verdict_at"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status=VerdictStatus.DENIED) | ~models.Q(reason_code=""),
                name="trading_verdict_denied_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action_id}: {self.status}"
