"""Money that is given back: asked for, signed by the resolver, fetched by its owner."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.fields import PublicIdField, WeiField
from apps.economy.types import LIVE_REFUNDS, RefundCause, RefundStatus


class Refund(models.Model):
    """One withdrawal authorisation to the wallet that paid; `nonce` and `deadline_at` are part of what is signed.

    A refund of a purchase rests on competition's authorisation, which two persons gave; any other has two here.
    """

    public_id = PublicIdField(prefix="rfd")
    cause = models.CharField(max_length=10, choices=RefundCause.choices)
    deposit = models.ForeignKey("economy.Deposit", on_delete=models.PROTECT, related_name="refunds")
    purchase = models.ForeignKey(
        "economy.Purchase", on_delete=models.PROTECT, related_name="refunds", null=True, blank=True
    )
    authorisation = models.ForeignKey(
        "competition.RefundAuthorisation",
        on_delete=models.PROTECT,
        related_name="refunds",
        null=True,
        blank=True,
    )
    payee_address = models.CharField(max_length=42)
    chain_id = models.PositiveBigIntegerField()
    vault = models.CharField(max_length=42)
    resolver = models.CharField(max_length=42)
    amount_wei = WeiField()
    nonce = WeiField()
    reason = models.CharField(max_length=200)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    asked_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    status = models.CharField(max_length=10, choices=RefundStatus.choices, default=RefundStatus.WAITING)
    signature = models.CharField(max_length=132, blank=True, default="")
    deadline_at = models.DateTimeField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    paid_tx_hash = models.CharField(max_length=66, blank=True, default="")

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["status", "deadline_at"], name="economy_refund_due")]
        constraints = [
            models.UniqueConstraint(fields=["chain_id", "resolver", "nonce"], name="economy_refund_number"),
            models.UniqueConstraint(
                fields=["deposit", "cause"],
                condition=Q(status__in=[status.value for status in LIVE_REFUNDS]),
                name="economy_one_live_refund",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
