"""A published rulebook: a document named by the digest of its bytes."""

from django.db import models


class Rulebook(models.Model):
    """Terms that auditions pin; the same document is the same row for ever. `is_offered` marks what new quotes pin."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    title = models.CharField(max_length=120)
    document = models.JSONField()
    published_at = models.DateTimeField()
    is_offered = models.BooleanField(default=False)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["is_offered"], condition=models.Q(is_offered=True), name="competition_one_offered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.digest[:12]})"
