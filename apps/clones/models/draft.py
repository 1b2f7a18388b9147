"""The one editable strategy of a clone."""

from django.db import models


class Draft(models.Model):
    """What the owner is working on; `revision` grows with each save, so that no tab overwrites another."""

    clone = models.OneToOneField("clones.Clone", on_delete=models.PROTECT, related_name="draft")
    document = models.JSONField()
    revision = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft {self.revision} of {self.clone_id}"
