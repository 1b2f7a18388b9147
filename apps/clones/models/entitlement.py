"""What a clone may use, and whether its one audition has been taken."""

from django.db import models
from django.db.models import Q

from apps.clones.types import ModelStrength, Tier
from apps.core.fields import PublicIdField


class Entitlement(models.Model):
    """One grant; it gives its tier until revoked, and one audition unless it is a mock.

    `source` names where it came from and grants once; `consumed_for` names the audition that spent it. `terms_digest`
    names the rulebook it was bought under; blank where none was promised.
    """

    public_id = PublicIdField(prefix="ent")
    clone = models.ForeignKey("clones.Clone", on_delete=models.PROTECT, related_name="entitlements")
    tier = models.CharField(max_length=16, choices=Tier.choices)
    model_strength = models.CharField(max_length=16, choices=ModelStrength.choices)
    is_mock = models.BooleanField(default=False)
    source = models.CharField(max_length=120, unique=True)
    terms_digest = models.CharField(max_length=64, blank=True, default="")
    granted_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True, blank=True)
    consumed_for = models.CharField(max_length=120, blank=True, default="")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(is_mock=False) | Q(consumed_at__isnull=True),
                name="entitlement_mock_never_consumed",
            ),
            models.CheckConstraint(
                condition=Q(consumed_at__isnull=True, consumed_for="")
                | (Q(consumed_at__isnull=False) & ~Q(consumed_for="")),
                name="entitlement_consumed_for_something",
            ),
            models.UniqueConstraint(
                fields=("consumed_for",), condition=~Q(consumed_for=""), name="entitlement_one_per_purpose"
            ),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="entitlement_tier_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.tier} ({self.source})"
