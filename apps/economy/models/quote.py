"""An offer: what an audition costs one person, payable under one number."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.clones.types import ModelStrength, Tier
from apps.core.fields import PublicIdField, WeiField
from apps.economy.types import QuoteStatus


class Quote(models.Model):
    """A price that holds until `expires_at` for `user`, paid by `wallet_address` under `nonce` (128 random bits).

    It pins the fee and the rulebook by digest, and names what is bought for: an own clone, or one that the payment
    creates. `from_block` is the chain's height at its issue: a deposit for it cannot lie below.
    """

    public_id = PublicIdField(prefix="quo")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="quotes")
    wallet_address = models.CharField(max_length=42)
    chain_id = models.PositiveBigIntegerField()
    vault = models.CharField(max_length=42)
    resolver = models.CharField(max_length=42)
    nonce = WeiField()
    tier = models.CharField(max_length=16, choices=Tier.choices)
    asset_capacity = models.PositiveSmallIntegerField()
    model_strength = models.CharField(max_length=16, choices=ModelStrength.choices)
    fee_wei = WeiField()
    rulebook_digest = models.CharField(max_length=64)
    clone = models.ForeignKey(
        "clones.Clone", on_delete=models.PROTECT, related_name="quotes", null=True, blank=True
    )
    clone_name = models.CharField(max_length=128, blank=True, default="")
    clone_description = models.CharField(max_length=1120, blank=True, default="")
    from_block = models.PositiveBigIntegerField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=QuoteStatus.choices, default=QuoteStatus.OPEN)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["status", "expires_at"], name="economy_quote_due")]
        constraints = [
            models.UniqueConstraint(fields=["chain_id", "resolver", "nonce"], name="economy_quote_number"),
            models.CheckConstraint(
                condition=(Q(clone__isnull=True) & ~Q(clone_name="")) | Q(clone__isnull=False, clone_name=""),
                name="economy_quote_names_one_clone",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
