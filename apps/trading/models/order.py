"""Orders of an account and the fills that they received."""

from django.db import models

from apps.core.append_only import AppendOnlyModel
from apps.core.fields import MicrosField, PublicIdField
from apps.trading.types import OrderCause, OrderStatus


class Order(models.Model):
    """What was sent to the simulated exchange; at most one per proposed action."""

    public_id = PublicIdField(prefix="ord")
    account = models.ForeignKey(
        "trading.PropAccount", on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    sequence = models.PositiveIntegerField()
    action = models.OneToOneField(
        "decisions.ProposedAction", on_delete=models.PROTECT, null=True, blank=True, related_name="order"
    )
    cause = models.CharField(max_length=12, choices=OrderCause.choices)
    asset = models.ForeignKey("market.Asset", on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(max_length=32)
    side = models.SmallIntegerField(help_text="1 buys, -1 sells")
    size_lots = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=OrderStatus.choices, default=OrderStatus.FILLED)
    placed_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["account", "sequence"], name="trading_order_sequence"),
            models.CheckConstraint(
                condition=models.Q(cause=OrderCause.ACTION, action__isnull=False)
                | (~models.Q(cause=OrderCause.ACTION) & models.Q(action__isnull=True)),
                name="trading_order_cause_has_action",
            ),
        ]
        indexes = [models.Index(fields=["account", "placed_at"], name="trading_order_placed")]

    def __str__(self) -> str:
        return self.public_id


class Fill(AppendOnlyModel):
    """The receipt of one fill: what traded, at what price, why, and which price rows were used."""

    order = models.ForeignKey("trading.Order", on_delete=models.PROTECT, related_name="fills", db_index=False)
    index = models.PositiveSmallIntegerField()
    account = models.ForeignKey(
        "trading.PropAccount", on_delete=models.PROTECT, related_name="fills", db_index=False
    )
    asset = models.ForeignKey("market.Asset", on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(max_length=32)
    side = models.SmallIntegerField(help_text="1 buys, -1 sells")
    size_lots = models.BigIntegerField()
    price_micros = MicrosField()
    notional_micros = MicrosField()
    fee_micros = MicrosField()
    realized_micros = MicrosField()
    mid_micros = MicrosField()
    half_spread_micros = MicrosField()
    walk_micros = MicrosField()
    book_reference = models.CharField(max_length=96, blank=True, default="")
    quote_reference = models.CharField(max_length=96)
    terms = models.ForeignKey(
        "trading.InstrumentTerms",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    leverage = models.PositiveSmallIntegerField(default=1, db_default=1)
    is_isolated = models.BooleanField(default=False, db_default=False)
    margin_micros = MicrosField(
        default=0, db_default=0, help_text="Change of the position's isolated margin."
    )
    taken_lots = models.BigIntegerField(default=0, db_default=0)
    price_age_ms = models.BigIntegerField()
    kernel_version = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta(AppendOnlyModel.Meta):
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["order", "index"], name="trading_fill_index")]
        indexes = [
            models.Index(fields=["account", "symbol"], name="trading_fill_symbol"),
            models.Index(fields=["account", "at"], name="trading_fill_at"),
            models.Index(fields=["account", "-id"], name="trading_fill_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.index}"

    @property
    def terms_digest(self) -> str:
        """The digest of the instrument's terms at which it filled; empty on fills from before terms were pinned."""
        return self.terms.digest if self.terms is not None else ""
