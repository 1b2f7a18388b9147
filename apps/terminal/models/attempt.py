"""A link that was begun: what the PKCE flow must remember until the user comes back."""

from django.conf import settings
from django.db import models


class LinkAttempt(models.Model):
    """One start of the flow; `state_digest` is the SHA-256 of the state sent out, used once.

    The code verifier is kept encrypted: who reads the table cannot finish somebody's flow.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state_digest = models.CharField(max_length=64, unique=True, editable=False)
    sealed_verifier = models.TextField(editable=False)
    redirect_uri = models.CharField(max_length=255)
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"attempt of {self.user_id}"
