"""What a completed run asks for; whether it happens is decided elsewhere."""

from __future__ import annotations

from django.db import models

from apps.core.fields import MicrosField
from apps.exchange.types import ActionKind, OrderIntent, Side


class ProposedAction(models.Model):
    """One proposed action, written once together with its run's seal; money in micro-dollars."""

    KINDS = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in ActionKind]
    SIDES = [(side.value, side.name.capitalize()) for side in Side]

    run = models.ForeignKey("decisions.DecisionRun", on_delete=models.PROTECT, related_name="actions")
    index = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=KINDS)
    symbol = models.CharField(max_length=32)
    side = models.SmallIntegerField(choices=SIDES, null=True, blank=True)
    size_lots = models.BigIntegerField(default=0)
    notional_micros = MicrosField(default=0)
    leverage = models.PositiveSmallIntegerField(default=1)
    reduce_only = models.BooleanField(default=False)
    is_isolated = models.BooleanField(default=False, db_default=False)
    stop_micros = MicrosField(default=0, db_default=0)
    trail_bps = models.PositiveIntegerField(default=0, db_default=0)
    target_micros = MicrosField(default=0, db_default=0)
    hold_ms = models.BigIntegerField(default=0, db_default=0)
    reason = models.CharField(max_length=400)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "index"], name="decisions_one_action_per_index"),
            models.CheckConstraint(
                condition=models.Q(notional_micros__gte=0, size_lots__gte=0, leverage__gte=1),
                name="decisions_action_sizes_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(stop_micros__gte=0, target_micros__gte=0, hold_ms__gte=0),
                name="decisions_action_exits_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.symbol} #{self.index}"

    def to_intent(self) -> OrderIntent:
        """The action as the exchange's value; closing kinds take their side from the position."""
        return OrderIntent(
            kind=ActionKind(self.kind),
            symbol=self.symbol,
            side=Side.LONG if self.side is None else Side(self.side),
            size_lots=self.size_lots,
            notional_micros=self.notional_micros,
            leverage=self.leverage,
            reduce_only=self.reduce_only,
            is_isolated=self.is_isolated,
            stop_micros=self.stop_micros,
            trail_bps=self.trail_bps,
            target_micros=self.target_micros,
            hold_ms=self.hold_ms,
        )
