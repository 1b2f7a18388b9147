"""A published rulebook: a document named by the digest of its bytes."""

from django.db import models


class Rulebook(models.Model):
    """Terms that auditions pin; the same document is the same row for ever."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    title = models.CharField(max_length=120)
    document = models.JSONField()
    published_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.title} ({self.digest[:12]})"
