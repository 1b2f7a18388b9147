"""Sign-ins in the console: who is signed in where, and ending it."""

from datetime import datetime

from django.contrib import admin
from unfold.decorators import display

from apps.operations import clock
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.audit import Actor
from apps.users.models import Session
from apps.users.services import sessions
from apps.users.types import SessionEnd


@admin.register(Session)
class SessionAdmin(OperatorAdmin):
    """Signed-in devices; their tokens are stored as hashes and are not shown."""

    list_display = ("public_id", "user", "state", "authenticated_at", "last_seen_at", "client_address")
    list_filter = ("ended_because",)
    list_select_related = ("user", "wallet")
    search_fields = ("public_id", "user__username", "user__public_id", "wallet__address", "client_address")
    fields = (
        "public_id",
        "user",
        "wallet",
        "client_address",
        "user_agent",
        "authenticated_at",
        "last_seen_at",
        "expires_at",
        "ended_at",
        "ended_because",
    )
    actions_detail = ("end", "end_all")

    @display(description="State", label={"live": "success", "ended": "danger"})
    def state(self, session: Session) -> str:
        """Live or ended."""
        return "live" if session.ended_at is None else "ended"

    @operator_action(
        description="End session",
        permission="users.change_session",
        verb="users.session.end-asked",
        icon="logout",
    )
    def end(self, session: Session, *, reason: str, by: Actor, now: datetime) -> str:
        """Its tokens and pages are refused from the next request on."""
        done = sessions.end_session(
            session=session, because=SessionEnd.OPERATOR, by=by, now=clock.real_now(), reason=reason
        )
        return "The session is ended." if done else "The session had ended before."

    @operator_action(
        description="End all sessions",
        permission="users.change_session",
        verb="users.session.end-all-asked",
        icon="group_remove",
    )
    def end_all(self, session: Session, *, reason: str, by: Actor, now: datetime) -> str:
        """Every sign-in of this person, on every device, is ended."""
        count = sessions.end_all(
            user=session.user, because=SessionEnd.OPERATOR, by=by, now=clock.real_now(), reason=reason
        )
        return f"Sessions ended: {count}."
