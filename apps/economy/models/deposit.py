"""What was paid into a vault, and every time it was seen on the chain or missed there."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.append_only import AppendOnlyModel
from apps.core.fields import PublicIdField, WeiField
from apps.economy.types import DepositStatus, SightingKind, UnmatchedReason


class Deposit(models.Model):
    """One payment by its lasting identity; where it stands on the chain now is blank while it is off the chain.

    A block may go and the same payment come back in another: the identity (payer, token, resolver, number) stays.
    `unmatched_reason` says why a confirmed one has bought nothing; blank once it has, or while it is not confirmed.
    """

    public_id = PublicIdField(prefix="dep")
    chain_id = models.PositiveBigIntegerField()
    vault = models.CharField(max_length=42)
    payer_address = models.CharField(max_length=42, db_index=True)
    token = models.CharField(max_length=42)
    resolver = models.CharField(max_length=42)
    nonce = WeiField()
    amount_wei = WeiField()
    tx_hash = models.CharField(max_length=66, blank=True, default="")
    log_index = models.PositiveIntegerField(default=0)
    block_number = models.PositiveBigIntegerField(default=0)
    block_hash = models.CharField(max_length=66, blank=True, default="")
    status = models.CharField(max_length=10, choices=DepositStatus.choices, default=DepositStatus.PENDING)
    unmatched_reason = models.CharField(
        max_length=20, choices=UnmatchedReason.choices, blank=True, default=""
    )
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    first_seen_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["status", "block_number"], name="economy_deposit_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["chain_id", "vault", "payer_address", "token", "resolver", "nonce"],
                name="economy_deposit_identity",
            ),
            models.UniqueConstraint(
                fields=["chain_id", "tx_hash", "log_index"],
                condition=~Q(tx_hash=""),
                name="economy_deposit_place",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class DepositSighting(AppendOnlyModel):
    """One look at the chain that changed what is known of a deposit; `detail` keeps the event as it was told."""

    deposit = models.ForeignKey("economy.Deposit", on_delete=models.PROTECT, related_name="sightings")
    kind = models.CharField(max_length=10, choices=SightingKind.choices)
    tx_hash = models.CharField(max_length=66)
    log_index = models.PositiveIntegerField()
    block_number = models.PositiveBigIntegerField()
    block_hash = models.CharField(max_length=66)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    class Meta(AppendOnlyModel.Meta):
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.deposit_id} {self.kind} {self.block_number}"
