"""What every clones route reads of a request: who asks, and a body of known fields."""

from typing import Any, cast

from django.contrib.auth.models import AbstractUser
from rest_framework.request import Request


def owner_of(request: Request) -> AbstractUser:
    """The signed-in caller."""
    return cast(AbstractUser, request.user)


def body_of(serializer: Any) -> dict[str, Any]:
    """The validated body; raises ValidationError."""
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
