"""Acts that wait for a second person, and what became of the others."""

from datetime import datetime

from django.contrib import admin
from unfold.decorators import display

from apps.operations.admin_columns import NONE
from apps.operations.admin_kit import OperatorAdmin, Warned, operator_action
from apps.operations.models import HeldAct
from apps.operations.second_person import title_of
from apps.operations.services import held_acts
from apps.operations.types import Actor, HeldStatus

_LOOK = "operations.view_heldact"


@admin.register(HeldAct)
class HeldActAdmin(OperatorAdmin):
    """Held acts; each is released or refused with the permission of its kind, which the service checks."""

    list_display = (
        "title",
        "summary",
        "subject",
        "status",
        "asked_by",
        "asked_at",
        "decided_by",
    )
    list_filter = ("status", "verb")
    search_fields = ("public_id", "subject_id", "subject_label", "asked_by_label", "decided_by_label")
    actions_detail = ("release", "refuse")

    @display(description="Act", ordering="verb")
    def title(self, act: HeldAct) -> str:
        """What kind of act it is."""
        return title_of(act.verb)

    @display(description="Subject", ordering="subject_id")
    def subject(self, act: HeldAct) -> str:
        """What it would be done to."""
        return act.subject_id

    @display(description="Asked by", ordering="asked_by_label")
    def asked_by(self, act: HeldAct) -> str:
        """The first person."""
        return act.asked_by_label or act.asked_by_id

    @display(description="Decided by", ordering="decided_by_label")
    def decided_by(self, act: HeldAct) -> str:
        """The second person, or what ended it."""
        return act.decided_by_label or act.decided_by_id or NONE

    @operator_action(
        description="Release",
        permission=_LOOK,
        verb="operations.held-act.release-asked",
        icon="verified_user",
        irreversible=True,
        needs_person=True,
    )
    def release(self, act: HeldAct, *, reason: str, by: Actor, now: datetime, person: object) -> str:
        """It is carried out at once, on your word and that of who asked for it. Who asked cannot release it."""
        done = held_acts.release(act=act, person=person, reason=reason, now=now)
        if done.status != HeldStatus.RELEASED:
            return Warned(f"Not carried out. {done.outcome}")
        return done.outcome or "Released and carried out."

    @operator_action(
        description="Refuse",
        permission=_LOOK,
        verb="operations.held-act.refuse-asked",
        icon="block",
        needs_person=True,
    )
    def refuse(self, act: HeldAct, *, reason: str, by: Actor, now: datetime, person: object) -> str:
        """It ends without being carried out. Who asked for it may take it back so."""
        held_acts.refuse(act=act, person=person, reason=reason, now=now)
        return "Refused: nothing was done."
