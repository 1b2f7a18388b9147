"""The synthetic account a clone trades with: its state, its books' balances and its last mark."""

from django.db import models

from apps.core.fields import MicrosField, PublicIdField
from apps.trading.types import AccountStatus, Purpose


class PropAccount(models.Model):
    """One account. Money is integer micro-dollars; every balance is the sum of its ledger book."""

    public_id = PublicIdField(prefix="acc")
    ordinal = models.PositiveIntegerField(unique=True, editable=False)
    reference = models.CharField(max_length=120, unique=True, null=True, editable=False)
    clone = models.ForeignKey("clones.Clone", on_delete=models.PROTECT, related_name="prop_accounts")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    status = models.CharField(max_length=12, choices=AccountStatus.choices, default=AccountStatus.PENDING)
    status_reason = models.CharField(max_length=200, blank=True, default="")
    policy = models.JSONField()
    policy_sequence = models.PositiveIntegerField(default=1, db_default=1)
    starting_micros = MicrosField()

    cash_micros = MicrosField(default=0)
    capital_micros = MicrosField(default=0)
    fees_micros = MicrosField(default=0)
    pnl_micros = MicrosField(default=0)
    funding_micros = MicrosField(default=0)
    adjustment_micros = MicrosField(default=0)
    ledger_sequence = models.PositiveIntegerField(default=0)
    ledger_group = models.PositiveIntegerField(default=0)
    ledger_head = models.CharField(max_length=64, default="")

    record_sequence = models.PositiveIntegerField(default=0, db_default=0)
    record_head = models.CharField(max_length=64, default="", db_default="")

    order_sequence = models.PositiveIntegerField(default=0)
    exit_sequence = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Standing exits set and ended so far."
    )
    executed_count = models.PositiveIntegerField(default=0)
    next_decision_at = models.DateTimeField(null=True, blank=True)
    last_action_at = models.DateTimeField(null=True, blank=True)
    funded_through_at = models.DateTimeField(null=True, blank=True)
    partial_liquidation_at = models.DateTimeField(null=True, blank=True)
    volume_micros = MicrosField(
        default=0, db_default=0, help_text="Traded in the 14 days before `volume_date`."
    )
    volume_date = models.DateField(null=True, blank=True)

    equity_micros = MicrosField(default=0)
    peak_micros = MicrosField(default=0)
    low_micros = MicrosField(default=0)
    drawdown_base_micros = MicrosField(default=0)
    max_drawdown_bps = models.PositiveIntegerField(default=0)
    last_marked_at = models.DateTimeField(null=True, blank=True)
    last_snapshot_at = models.DateTimeField(null=True, blank=True)
    last_mark_set = models.ForeignKey(
        "trading.MarkSet", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    wait_reason = models.CharField(max_length=200, blank=True, default="")

    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("ordinal",)
        indexes = [
            models.Index(fields=["status", "ordinal"], name="trading_account_status"),
            models.Index(fields=["status", "next_decision_at"], name="trading_account_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(starting_micros__gt=0), name="trading_account_start_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
