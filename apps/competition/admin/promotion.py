"""The promotion queue in the console, and how an operator takes somebody out of it."""

from datetime import datetime

from django.contrib import admin

from apps.competition.models import PromotionEntry
from apps.competition.services import promotion
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.audit import Actor


@admin.register(PromotionEntry)
class PromotionEntryAdmin(OperatorAdmin):
    """Who waits, who entered, who was passed over and why."""

    list_display = ("sequence", "clone", "status", "reason", "waiting_since", "decided_at")
    ordering = ("sequence",)
    list_filter = ("status",)
    list_select_related = ("clone",)
    search_fields = ("clone__name", "clone__public_id")
    actions_detail = ("remove",)

    @operator_action(
        description="Remove from the queue",
        permission="competition.change_promotionentry",
        verb="competition.entry.remove-asked",
        icon="person_remove",
        irreversible=True,
    )
    def remove(self, entry: PromotionEntry, *, reason: str, by: Actor, now: datetime) -> str:
        """It loses its place for ever; to enter the Arena it has to pass another audition."""
        promotion.remove_entry(entry=entry, reason=reason, by=by, now=now)
        return f"{entry.clone.name} is out of the queue."
