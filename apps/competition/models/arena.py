"""Membership of the Clash Arena: one clone in one numbered slot, with an account of its own."""

from django.db import models

from apps.core.fields import PublicIdField


class ArenaMembership(models.Model):
    """A clone's time in the Arena; open while `ended_at` is empty."""

    public_id = PublicIdField(prefix="mem")
    clone = models.ForeignKey("clones.Clone", on_delete=models.PROTECT, related_name="arena_memberships")
    entry = models.OneToOneField(
        "competition.PromotionEntry", on_delete=models.PROTECT, related_name="membership"
    )
    account = models.OneToOneField(
        "trading.PropAccount", on_delete=models.PROTECT, related_name="arena_membership"
    )
    slot_number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("slot_number", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["clone"], condition=models.Q(ended_at__isnull=True), name="competition_one_membership"
            ),
            models.UniqueConstraint(
                fields=["slot_number"],
                condition=models.Q(ended_at__isnull=True),
                name="competition_one_in_a_slot",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gte=models.F("started_at")),
                name="competition_membership_interval",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
