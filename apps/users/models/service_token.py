"""A machine's credential: only its hash is kept."""

from django.conf import settings
from django.db import models


class ServiceToken(models.Model):
    """A scoped token of a program; only the SHA-256 of the secret is stored, and the secret is shown once.

    After a rotation the previous secret stays good until `previous_expires_at`, so that a program can be moved
    over without an outage.
    """

    name = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=12, editable=False)
    scopes = models.JSONField(default=list)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="issued_tokens",
    )
    issued_at = models.DateTimeField()
    previous_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    previous_expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name
