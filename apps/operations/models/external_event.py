"""What outside systems told us: stored first, handled once."""

from django.db import models


class ExternalEvent(models.Model):
    """One message of one source, known by the source's own identifier."""

    source = models.CharField(max_length=80)
    external_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=80)
    payload = models.JSONField()
    payload_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="operations_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"
