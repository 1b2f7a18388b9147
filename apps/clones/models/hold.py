"""Who needs a clone to stay: an audition, an Arena slot, a replay."""

from django.db import models
from django.db.models import Q


class CloneHold(models.Model):
    """A clone with an open hold cannot be deleted; `reference` names what holds it, once."""

    clone = models.ForeignKey("clones.Clone", on_delete=models.PROTECT, related_name="holds")
    purpose = models.CharField(max_length=40)
    reference = models.CharField(max_length=120, unique=True)
    placed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        indexes = [
            models.Index(fields=("clone",), condition=Q(released_at__isnull=True), name="clone_open_holds"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.reference}"
