"""The person: everything in the project authorises against this row, never against an address."""

import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models


def _id() -> str:
    return "usr_" + secrets.token_hex(11)


class User(AbstractUser):
    """A player or an operator."""

    public_id = models.CharField(max_length=40, unique=True, editable=False, default=_id)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.username
