"""Answers that were given under an idempotency key, kept so that the same request gets the same answer."""

from django.db import models


class IdempotencyKey(models.Model):
    """One key of one scope with the hash of its body; `status_code` is empty while the first request is
    still running.
    """

    scope = models.CharField(max_length=120)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()
    locked_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="operations_idempotency_once")]

    def __str__(self) -> str:
        return f"{self.scope}:{self.key}"
