"""Kill switches and the silences of prices."""

from django.db import models
from django.db.models import Q

from apps.exchange.types import TradingMode
from apps.trading.types import HaltScope


class TradingHalt(models.Model):
    """A kill switch over one asset or over everything; it stands until it is lifted, and stays on record."""

    MODES = [(TradingMode.REDUCING.value, "Reducing"), (TradingMode.HALTED.value, "Halted")]

    scope = models.CharField(max_length=12, choices=HaltScope.choices)
    symbol = models.CharField(max_length=40, blank=True, default="")
    mode = models.CharField(max_length=10, choices=MODES)
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
                fields=["scope", "symbol"],
                condition=Q(lifted_at__isnull=True),
                name="trading_one_halt_a_scope",
            ),
            models.CheckConstraint(
                condition=Q(scope=HaltScope.EVERYTHING, symbol="")
                | (Q(scope=HaltScope.ASSET) & ~Q(symbol="")),
                name="trading_halt_names_its_asset",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol or self.scope}: {self.mode}"


class PriceOutage(models.Model):
    """A time during which an asset that accounts held had no price to be valued or closed at."""

    asset = models.ForeignKey("market.Asset", on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(max_length=40)
    code = models.CharField(max_length=48)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["symbol", "began_at"], name="trading_outage_began")]
        constraints = [
            models.UniqueConstraint(
                fields=["asset"], condition=Q(ended_at__isnull=True), name="trading_one_open_outage"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("began_at")),
                name="trading_outage_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol}: {self.code}"
