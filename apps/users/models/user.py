"""The person: everything in the project authorises against this row, never against an address."""

from django.contrib.auth.models import AbstractUser

from apps.core.fields import PublicIdField


class User(AbstractUser):
    """A player or an operator."""

    public_id = PublicIdField(prefix="usr")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.username
