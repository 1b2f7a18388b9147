"""Clones in the console: hide, reinstate, retire."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from unfold.decorators import display

from apps.clones import services
from apps.clones.models import Clone
from apps.clones.types import CloneStatus
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.audit import Actor


def _moderation(name: str, *, to: CloneStatus, says: str, done: str, **look: Any) -> Any:
    """A detail action that moves a clone to one status; `says` is the dialog's explanation."""

    def act(_: Any, clone: Clone, *, reason: str, by: Actor, now: datetime) -> str:
        services.moderate_clone(clone=clone, to=to, reason=reason, by=by, now=now)
        return done

    act.__name__, act.__doc__ = name, says
    verb = f"clones.clone.{name}-asked"
    return operator_action(verb=verb, permission=look.pop("permission", "clones.change_clone"), **look)(act)


@admin.register(Clone)
class CloneAdmin(OperatorAdmin):
    """Clones, with what operators may do to a public profile."""

    list_display = ("name", "public_id", "owner", "status_label", "created_at")
    list_filter = ("status",)
    list_select_related = ("owner",)
    search_fields = ("name", "public_id", "owner__username")
    fields = ("name", "public_id", "owner", "description", "image_digest", "status", "created_at")
    actions_detail = ("hide", "reinstate", "retire")

    hide = _moderation(
        "hide",
        to=CloneStatus.HIDDEN,
        says="The public profile disappears and open reports about it are upheld; trading goes on.",
        done="The profile is hidden.",
        description="Hide profile",
        icon="visibility_off",
    )
    reinstate = _moderation(
        "reinstate",
        to=CloneStatus.LIVE,
        says="A hidden profile becomes public again.",
        done="The profile is public again.",
        description="Reinstate profile",
        icon="visibility",
    )
    retire = _moderation(
        "retire",
        to=CloneStatus.RETIRED,
        says="The clone takes no more decisions; its history stays. This cannot be undone.",
        done="The clone is retired.",
        description="Retire for ever",
        icon="skull",
        permission="clones.delete_clone",
        irreversible=True,
    )

    @display(
        description="Status",
        label={CloneStatus.LIVE: "success", CloneStatus.HIDDEN: "warning", CloneStatus.RETIRED: "danger"},
    )
    def status_label(self, clone: Clone) -> str:
        """The status as a coloured label."""
        return clone.status
