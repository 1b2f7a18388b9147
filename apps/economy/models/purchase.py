"""What a deposit bought: the one bond between a quote, a payment and a grant."""

from django.conf import settings
from django.db import models

from apps.core.fields import PublicIdField, WeiField
from apps.economy.types import PurchaseStatus


class Purchase(models.Model):
    """One quote, one deposit, one grant, each for ever unique; `surplus_wei` was paid beyond the fee and is owed."""

    public_id = PublicIdField(prefix="pur")
    quote = models.OneToOneField("economy.Quote", on_delete=models.PROTECT, related_name="purchase")
    deposit = models.OneToOneField("economy.Deposit", on_delete=models.PROTECT, related_name="purchase")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="purchases")
    clone = models.ForeignKey("clones.Clone", on_delete=models.PROTECT, related_name="purchases")
    entitlement = models.OneToOneField(
        "clones.Entitlement", on_delete=models.PROTECT, related_name="purchase"
    )
    chain_id = models.PositiveBigIntegerField()
    resolver = models.CharField(max_length=42)
    nonce = WeiField()
    fee_wei = WeiField()
    surplus_wei = WeiField()
    status = models.CharField(max_length=10, choices=PurchaseStatus.choices, default=PurchaseStatus.CONFIRMED)
    made_at = models.DateTimeField()
    reversed_at = models.DateTimeField(null=True, blank=True)
    refunded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["chain_id", "resolver", "nonce"], name="economy_purchase_number"),
        ]

    def __str__(self) -> str:
        return self.public_id
