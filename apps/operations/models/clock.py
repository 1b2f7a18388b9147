"""The one row that makes the market clock virtual and shared by every process."""

from django.db import models


class ClockAnchor(models.Model):
    """At real time `real_at` the market clock showed `market_at` and ran `speed` times as fast."""

    real_at = models.DateTimeField()
    market_at = models.DateTimeField()
    speed = models.FloatField(default=1.0)
    catch_up = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="operations_clock_one_row"),
            models.CheckConstraint(condition=models.Q(speed__gt=0), name="operations_clock_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.market_at:%Y-%m-%d %H:%M:%S} x{self.speed:g}"
