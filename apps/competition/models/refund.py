"""Leave to give an audition's fee back: competition says that it may, economy says how."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.competition.types import RefundDecision
from apps.core.fields import PublicIdField


class RefundAuthorisation(models.Model):
    """One person asks, another decides. At most one that was not denied stands for a grant.

    `audition` is the voided one that spent the grant; empty where the grant was never spent.
    """

    public_id = PublicIdField(prefix="rfa")
    entitlement = models.ForeignKey(
        "clones.Entitlement", on_delete=models.PROTECT, related_name="refund_authorisations"
    )
    audition = models.ForeignKey(
        "competition.Audition",
        on_delete=models.PROTECT,
        related_name="refund_authorisations",
        null=True,
        blank=True,
    )
    reason = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=RefundDecision.choices, default=RefundDecision.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement"],
                condition=~Q(status=RefundDecision.DENIED.value),
                name="competition_one_refund_of_a_grant",
            ),
            models.CheckConstraint(
                condition=~Q(status=RefundDecision.AUTHORISED.value)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="competition_refund_takes_two",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
