"""A user's link to one Terminal profile."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.fields import PublicIdField
from apps.terminal.types import LinkStatus


class TerminalLink(models.Model):
    """One profile linked by one user; the token is encrypted and is wiped when the link ends.

    `synced_at` is the last good reading; `sync_failures` counts readings that failed since.
    """

    public_id = PublicIdField(prefix="trm")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="terminal_links"
    )
    profile_id = models.CharField(max_length=120)
    handle = models.CharField(max_length=120, blank=True, default="")
    status = models.CharField(max_length=16, choices=LinkStatus.choices, default=LinkStatus.LINKED)
    sealed_token = models.TextField(blank=True, default="", editable=False)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    linked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    next_sync_at = models.DateTimeField(db_index=True)
    sync_failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=("user",), condition=~Q(status=LinkStatus.UNLINKED), name="terminal_one_link_per_user"
            ),
            models.UniqueConstraint(
                fields=("profile_id",),
                condition=~Q(status=LinkStatus.UNLINKED),
                name="terminal_one_user_per_profile",
            ),
            models.CheckConstraint(
                condition=Q(status=LinkStatus.LINKED) | Q(sealed_token=""),
                name="terminal_ended_holds_no_token",
            ),
        ]

    def __str__(self) -> str:
        return self.handle or self.profile_id
