"""An address that a person proved to control."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class LinkedWallet(models.Model):
    """One proved address of one user; an address belongs to one user at most and is stored in lower case."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="wallets")
    address = models.CharField(max_length=42, unique=True)
    chain_id = models.PositiveBigIntegerField()
    linked_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(condition=Q(address=Lower("address")), name="wallet_address_lower_case"),
        ]

    def __str__(self) -> str:
        return self.address
