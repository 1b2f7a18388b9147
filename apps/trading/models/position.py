"""The open (or once open) position of an account in one asset."""

from django.db import models

from apps.core.fields import MicrosField


class Position(models.Model):
    """Signed size in lots and signed cost in micro-dollars; a flat position keeps its row with both at
    zero.
    """

    account = models.ForeignKey(
        "trading.PropAccount", on_delete=models.PROTECT, related_name="positions", db_index=False
    )
    asset = models.ForeignKey("market.Asset", on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(max_length=32)
    size_lots = models.BigIntegerField(default=0)
    cost_micros = MicrosField(default=0)
    leverage = models.PositiveSmallIntegerField(default=1)
    realized_micros = MicrosField(default=0)
    is_isolated = models.BooleanField(default=False, db_default=False)
    margin_micros = MicrosField(
        default=0, db_default=0, help_text="What backs an isolated position; part of the cash."
    )
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("account_id", "symbol")
        constraints = [models.UniqueConstraint(fields=["account", "asset"], name="trading_position_asset")]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.symbol}"
