"""The Arena's slots in the console, and how an operator frees one."""

from datetime import datetime

from django.contrib import admin

from apps.competition.models import ArenaMembership
from apps.competition.services import memberships
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.audit import Actor


@admin.register(ArenaMembership)
class ArenaMembershipAdmin(OperatorAdmin):
    """Memberships, open and ended."""

    list_display = ("slot_number", "clone", "account", "started_at", "ended_at", "reason")
    ordering = ("slot_number", "id")
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    list_select_related = ("clone", "account")
    search_fields = ("public_id", "clone__name", "clone__public_id")
    actions_detail = ("end", "retire")

    @operator_action(
        description="End membership",
        permission="competition.change_arenamembership",
        verb="competition.membership.end-asked",
        icon="logout",
        irreversible=True,
    )
    def end(self, membership: ArenaMembership, *, reason: str, by: Actor, now: datetime) -> str:
        """Its positions are closed at the market, its account ends, and the slot goes to the queue. It may pass
        another audition."""
        memberships.end_membership(membership=membership, reason=reason, by=by, now=now)
        return f"Slot {membership.slot_number} is free."

    @operator_action(
        description="End and retire",
        permission="clones.delete_clone",
        verb="competition.membership.retire-asked",
        icon="skull",
        irreversible=True,
    )
    def retire(self, membership: ArenaMembership, *, reason: str, by: Actor, now: datetime) -> str:
        """The membership ends, and the clone's career with it: it never decides or auditions again. This cannot be
        undone."""
        memberships.retire_member(membership=membership, reason=reason, by=by, now=now)
        return f"{membership.clone.name} is retired, and slot {membership.slot_number} is free."
