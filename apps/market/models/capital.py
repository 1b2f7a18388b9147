"""Capital on chain: every revision of every figure, and the figures that were not accepted."""

from django.db import models

from apps.core.fields import MicrosField
from apps.market.types import CapitalFault, CapitalMetric, Channel, SubjectKind


class CapitalPoint(models.Model):
    """One figure of one subject at one moment; a later revision is a further row."""

    channel = models.CharField(max_length=24, choices=Channel.choices)
    metric = models.CharField(max_length=24, choices=CapitalMetric.choices)
    kind = models.CharField(max_length=16, choices=SubjectKind.choices)
    subject = models.CharField(max_length=120)
    at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=0)
    value_micros = MicrosField()
    is_provisional = models.BooleanField(default=False)
    source = models.CharField(max_length=16)
    knowable_at = models.DateTimeField()

    class Meta:
        ordering = ["metric", "kind", "subject", "at", "revision"]
        indexes = [
            models.Index(
                fields=["kind", "subject", "at"],
                condition=models.Q(revision=0),
                name="market_capital_of_subject",
            ),
            models.Index(fields=["at"], condition=models.Q(revision=0), name="market_capital_of_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "kind", "subject", "at", "revision"], name="market_capital_once"
            ),
            models.CheckConstraint(
                condition=models.Q(value_micros__gte=0), name="market_capital_not_negative"
            ),
        ]

    def __str__(self) -> str:
        """Return metric, subject and moment."""
        return f"{self.metric} {self.subject} {self.at:%Y-%m-%d %H:%M} r{self.revision}"


class CapitalRejection(models.Model):
    """A figure that was not accepted; it is resolved by a sound one, an absurd one also by the next that agrees."""

    channel = models.CharField(max_length=24, choices=Channel.choices)
    metric = models.CharField(max_length=24, choices=CapitalMetric.choices)
    kind = models.CharField(max_length=16, choices=SubjectKind.choices)
    subject = models.CharField(max_length=120)
    at = models.DateTimeField()
    reason = models.CharField(max_length=24, choices=CapitalFault.choices)
    rejected_micros = MicrosField(
        null=True, blank=True, help_text="None where there was none, or it is too large."
    )
    last_good_micros = MicrosField(null=True, blank=True)
    source = models.CharField(max_length=16)
    seen_at = models.DateTimeField(help_text="When the source last gave it.")
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-seen_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "kind", "subject", "at"],
                condition=models.Q(resolved_at__isnull=True),
                name="market_one_open_capital_rejection",
            )
        ]

    def __str__(self) -> str:
        """Return metric, subject, reason and moment."""
        return f"{self.metric} {self.subject} {self.reason} {self.at:%Y-%m-%d}"
