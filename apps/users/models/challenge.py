"""The text a wallet is asked to sign: composed by us, stored whole, consumed once."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from apps.users.types import OPEN_CHALLENGES, ChallengePurpose


class Challenge(models.Model):
    """One ERC-4361 message of ours; `message` is the exact text, `nonce` its key (128 bits and more).

    An unused challenge holds one of the few slots of its address, so their number is bounded by the table itself.
    `requested_by` is set when a signed-in user wants to link another wallet, and is empty for a sign-in.
    """

    nonce = models.CharField(max_length=40, unique=True)
    purpose = models.CharField(max_length=16, choices=ChallengePurpose.choices)
    address = models.CharField(max_length=42, db_index=True)
    chain_id = models.PositiveBigIntegerField()
    domain = models.CharField(max_length=255)
    uri = models.CharField(max_length=255)
    message = models.TextField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    consumed_at = models.DateTimeField(null=True, blank=True)
    slot = models.PositiveSmallIntegerField(default=0)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="challenges",
    )

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(condition=Q(slot__lt=OPEN_CHALLENGES), name="challenge_slot_exists"),
            models.UniqueConstraint(
                fields=("address", "slot"),
                condition=Q(consumed_at__isnull=True),
                name="challenge_slot_held_once",
            ),
            models.CheckConstraint(
                condition=Q(address=Lower("address")), name="challenge_address_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(purpose=ChallengePurpose.SIGN_IN, requested_by__isnull=True)
                | Q(purpose=ChallengePurpose.LINK_WALLET, requested_by__isnull=False),
                name="challenge_asked_by_whom_it_serves",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.address}"
