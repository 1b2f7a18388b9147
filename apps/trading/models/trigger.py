"""Standing exits: stops, targets, trailing stops and time exits that live between decisions."""

from django.db import models
from django.db.models import Q

from apps.core.fields import MicrosField, PublicIdField
from apps.exchange.types import TriggerKind
from apps.trading.types import TriggerStatus


class TriggerOrder(models.Model):
    """An exit of a whole position that waits for a mark or a moment; at most one of a kind stands per asset.

    `set_sequence` and `ended_sequence` are places in the order in which the account's exits were set and ended, whatever
    moment they are dated; rows from before these were counted have none.
    """

    KINDS = [(kind.value, kind.value.capitalize()) for kind in TriggerKind]

    public_id = PublicIdField(prefix="trg")
    account = models.ForeignKey(
        "trading.PropAccount", on_delete=models.PROTECT, related_name="triggers", db_index=False
    )
    asset = models.ForeignKey("market.Asset", on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(max_length=32)
    kind = models.CharField(max_length=10, choices=KINDS)
    side = models.SmallIntegerField(help_text="Of the position: 1 long, -1 short")
    price_micros = MicrosField(default=0)
    trail_bps = models.PositiveIntegerField(default=0)
    best_micros = MicrosField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=TriggerStatus.choices, default=TriggerStatus.STANDING)
    status_reason = models.CharField(max_length=96, blank=True, default="")
    action = models.ForeignKey(
        "decisions.ProposedAction", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    order = models.OneToOneField(
        "trading.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="trigger"
    )
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    set_sequence = models.PositiveIntegerField(null=True, blank=True)
    ended_sequence = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["account", "-id"], name="trading_trigger_newest"),
            # What has ended grows without end: every mark reads what stands in the first order, every group of actions
            # what stands of its accounts in the second.
            models.Index(
                fields=["id"], condition=Q(status=TriggerStatus.STANDING), name="trading_trigger_standing"
            ),
            models.Index(
                fields=["account", "id"],
                condition=Q(status=TriggerStatus.STANDING),
                name="trading_trigger_account",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "asset", "kind"],
                condition=Q(status=TriggerStatus.STANDING),
                name="trading_one_standing_trigger",
            ),
            models.CheckConstraint(
                condition=Q(status=TriggerStatus.FIRED, order__isnull=False)
                | (~Q(status=TriggerStatus.FIRED) & Q(order__isnull=True)),
                name="trading_trigger_fired_has_order",
            ),
            models.CheckConstraint(
                condition=Q(status=TriggerStatus.STANDING, ended_at__isnull=True)
                | (~Q(status=TriggerStatus.STANDING) & Q(ended_at__isnull=False)),
                name="trading_trigger_ended_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
