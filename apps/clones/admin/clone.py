"""Clones in the console: hide, reinstate, retire."""

from datetime import datetime

from django.contrib import admin
from unfold.decorators import display

from apps.clones import services
from apps.clones.models import Clone
from apps.clones.types import CloneStatus
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.audit import Actor


@admin.register(Clone)
class CloneAdmin(OperatorAdmin):
    """Clones, with what operators may do to a public profile."""

    list_display = ("name", "public_id", "owner", "status_label", "created_at")
    list_filter = ("status",)
    list_select_related = ("owner",)
    search_fields = ("name", "public_id", "owner__username")
    fields = ("name", "public_id", "owner", "description", "status", "created_at")
    actions_detail = ("hide", "reinstate", "retire")

    @display(
        description="Status",
        label={CloneStatus.LIVE: "success", CloneStatus.HIDDEN: "warning", CloneStatus.RETIRED: "danger"},
    )
    def status_label(self, clone: Clone) -> str:
        """The status as a coloured label."""
        return clone.status

    @operator_action(
        description="Hide profile",
        permission="clones.change_clone",
        verb="clones.clone.hide-asked",
        icon="visibility_off",
    )
    def hide(self, clone: Clone, *, reason: str, by: Actor, now: datetime) -> str:
        """The public profile disappears; trading goes on."""
        services.hide_clone(clone=clone, reason=reason, by=by, now=now)
        return "The profile is hidden."

    @operator_action(
        description="Reinstate profile",
        permission="clones.change_clone",
        verb="clones.clone.reinstate-asked",
        icon="visibility",
    )
    def reinstate(self, clone: Clone, *, reason: str, by: Actor, now: datetime) -> str:
        """A hidden profile becomes public again."""
        services.reinstate_clone(clone=clone, reason=reason, by=by, now=now)
        return "The profile is public again."

    @operator_action(
        description="Retire for ever",
        permission="clones.delete_clone",
        verb="clones.clone.retire-asked",
        icon="skull",
        irreversible=True,
    )
    def retire(self, clone: Clone, *, reason: str, by: Actor, now: datetime) -> str:
        """The clone takes no more decisions; its history stays. This cannot be undone."""
        services.retire_clone(clone=clone, reason=reason, by=by, now=now)
        return "The clone is retired."
