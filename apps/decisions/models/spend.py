"""What models may cost: the money of a day, of a user's day and of all time, and the switches that stop it."""

from django.db import models
from django.db.models import F, Q

from apps.core.fields import MicrosField
from apps.decisions.types import HaltScope, SpendScope


class ModelSpend(models.Model):
    """Money reserved for calls under way and spent on those that ended, in micro-dollars.

    `key` names the user of a user's day, `date` is the UTC day (None: all time).
    """

    scope = models.CharField(max_length=12, choices=SpendScope.choices)
    key = models.CharField(max_length=64, blank=True, default="")
    date = models.DateField(null=True, blank=True)
    reserved_micros = MicrosField(default=0)
    spent_micros = MicrosField(default=0)
    calls_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-date", "scope", "key")
        constraints = [
            models.UniqueConstraint(fields=["scope", "key", "date"], name="decisions_one_spend_a_day"),
            models.UniqueConstraint(
                fields=["scope", "key"], condition=Q(date__isnull=True), name="decisions_one_spend_for_ever"
            ),
            models.CheckConstraint(
                condition=Q(reserved_micros__gte=0, spent_micros__gte=0), name="decisions_spend_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key} {self.date or 'all time'}"


class ModelHalt(models.Model):
    """A kill switch over one provider or over every model; it stands until it is lifted, and stays on record."""

    scope = models.CharField(max_length=12, choices=HaltScope.choices)
    name = models.CharField(max_length=40, blank=True, default="")
    reason = models.CharField(max_length=500)
    set_by = models.CharField(max_length=160)
    set_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=160, blank=True, default="")
    lifted_reason = models.CharField(max_length=500, blank=True, default="")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "name"],
                condition=Q(lifted_at__isnull=True),
                name="decisions_one_halt_a_scope",
            ),
            models.CheckConstraint(
                condition=Q(scope=HaltScope.EVERYTHING, name="")
                | (Q(scope=HaltScope.PROVIDER) & ~Q(name="")),
                name="decisions_halt_names_its_provider",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(lifted_at__gte=F("set_at")),
                name="decisions_halt_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.scope}"
