"""The clone: a product actor that may have many prop accounts over time."""

from django.conf import settings
from django.db import models

from apps.clones.types import CloneStatus
from apps.core.fields import PublicIdField


class Clone(models.Model):
    """An AI trader that a user builds; `name` and `description` are public, the rest is its owner's."""

    public_id = PublicIdField(prefix="cln")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="clones")
    name = models.CharField(max_length=32)
    description = models.CharField(max_length=280, blank=True, default="")
    status = models.CharField(max_length=16, choices=CloneStatus.choices, default=CloneStatus.LIVE)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=CloneStatus.values), name="clone_status_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
