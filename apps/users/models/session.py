"""A signed-in device and the refresh tokens it has held: the session is the family."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.fields import PublicIdField
from apps.users.types import SessionEnd


class Session(models.Model):
    """One sign-in; access tokens and page cookies carry its id and die with it."""

    public_id = PublicIdField(prefix="ses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sign_ins")
    wallet = models.ForeignKey("users.LinkedWallet", on_delete=models.PROTECT, related_name="sign_ins")
    client_address = models.CharField(max_length=45, blank=True, default="")
    user_agent = models.CharField(max_length=200, blank=True, default="")
    authenticated_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=16, blank=True, default="", choices=SessionEnd.choices)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_because="")
                | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="session_ended_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class RefreshToken(models.Model):
    """One link of a session's chain; only the SHA-256 of the secret is stored, and one link is live at most.

    `key_id` names the server key from which the child of this token is derived, so that a retry gets the same
    child without any secret being kept.
    """

    session = models.ForeignKey("users.Session", on_delete=models.PROTECT, related_name="refresh_tokens")
    sequence = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, unique=True, editable=False)
    key_id = models.CharField(max_length=40)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("session_id", "sequence")
        constraints = [
            models.UniqueConstraint(fields=("session", "sequence"), name="refresh_sequence_once_per_session"),
            models.UniqueConstraint(
                fields=("session",),
                condition=Q(rotated_at__isnull=True, revoked_at__isnull=True),
                name="refresh_one_live_per_session",
            ),
        ]

    def __str__(self) -> str:
        return f"refresh {self.sequence} of {self.session_id}"
