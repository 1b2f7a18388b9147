"""Refunds in the console: approved by another person than asked, refused, or signed anew."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.economy.models import Refund
from apps.economy.services import refunds
from apps.economy.types import RefundStatus
from apps.operations import clock
from apps.operations.admin_columns import ether, moment
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.audit import Actor

_DECIDE = "economy.change_refund"


@admin.register(Refund)
class RefundAdmin(OperatorAdmin):
    """What goes back, to whom, why, on whose word, and whether it was fetched."""

    list_display = (
        "public_id",
        "cause",
        "payee_address",
        "amount_wei",
        "status",
        "asked_by",
        "approved_by",
        "asked_at",
        "deadline_at",
    )
    list_filter = ("status", "cause", "chain_id")
    list_select_related = ("asked_by", "approved_by")
    search_fields = ("public_id", "payee_address", "deposit__public_id", "paid_tx_hash", "nonce")
    actions_detail = ("approve", "deny", "renew")

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The signature is the payee's: whoever has it may send it, and nobody here needs it."""
        return ("signature",)

    @operator_action(
        description="Approve",
        permission=_DECIDE,
        verb="economy.refund.approve-asked",
        icon="verified_user",
        irreversible=True,
    )
    def approve(self, refund: Refund, *, reason: str, by: Actor, now: datetime) -> str:
        """The resolver signs, and from then on the payer may fetch it. Who asked cannot approve, nor who would get it."""
        done = refunds.approve(refund=refund, by=by, reason=reason, now=clock.real_now())
        until = moment(done.deadline_at) if done.deadline_at else ""
        return f"{ether(done.amount_wei)} may be fetched until {until}."

    @operator_action(
        description="Refuse",
        permission=_DECIDE,
        verb="economy.refund.deny-asked",
        icon="block",
    )
    def deny(self, refund: Refund, *, reason: str, by: Actor, now: datetime) -> str:
        """Nothing goes back; it may be asked for again. Who asked may take it back so."""
        refunds.deny(refund=refund, reason=reason, by=by, now=clock.real_now())
        return "Refused: nothing goes back."

    @operator_action(
        description="Sign anew",
        permission=_DECIDE,
        verb="economy.refund.renew-asked",
        icon="restart_alt",
    )
    def renew(self, refund: Refund, *, reason: str, by: Actor, now: datetime) -> str:
        """For what was not fetched in time: the same amount to the same wallet, on the word of the same two persons."""
        fresh = refunds.renew(refund=refund, by=by, now=clock.real_now())
        return f"{fresh.public_id} is signed in its place."

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Only what the refund's state allows."""
        found = super().get_actions_detail(request, object_id)
        refund = Refund.objects.filter(pk=object_id).first()
        allowed = ALLOWED.get(refund.status, ()) if refund else ()
        return [each for each in found if each.path in allowed]


ALLOWED = {
    RefundStatus.WAITING.value: ("approve", "deny"),
    RefundStatus.EXPIRED.value: ("renew",),
}
