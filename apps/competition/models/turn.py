"""Names at which processes take turns."""

from django.db import models


class Turn(models.Model):
    """A row that says nothing: who holds its lock until the transaction ends is the only one at work under its name."""

    name = models.CharField(max_length=20, unique=True)

    def __str__(self) -> str:
        return self.name
