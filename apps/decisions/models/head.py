"""Where each subject's chain of sealed runs ends, kept apart from the runs so that none of the last can go unseen."""

from django.db import models


class DecisionHead(models.Model):
    """The last link of one subject's chain: moved by the transaction that seals it, and never back."""

    subject = models.CharField(max_length=64, unique=True)
    sequence = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("subject",)

    def __str__(self) -> str:
        return f"{self.subject} {self.sequence}"
