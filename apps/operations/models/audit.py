"""Every act that changed something: who, what, on what, why. Written once."""

from django.db import models

from apps.core.append_only import AppendOnlyModel


class AuditEvent(AppendOnlyModel):
    """One act; `verb` is "<app>.<noun>.<past>", the subject a table name and an identifier."""

    verb = models.CharField(max_length=80, db_index=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=80)
    actor_label = models.CharField(max_length=160, blank=True, default="")
    subject_type = models.CharField(max_length=80, blank=True, default="")
    subject_id = models.CharField(max_length=80, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(db_index=True)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="operations_audit_subject")]

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor_label or self.actor_id}"
