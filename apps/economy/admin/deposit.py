"""Deposits in the console, and what an operator does about one that bought nothing or paid too much."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action

from apps.economy.admin.forms import AssignForm
from apps.economy.held_acts import ASSIGN, ASSIGN_PERMISSION
from apps.economy.models import Deposit, DepositSighting, Quote
from apps.economy.services import refunds
from apps.economy.types import RefundCause
from apps.operations import clock
from apps.operations.admin_columns import ether
from apps.operations.admin_kit import Asked, OperatorAdmin, ReadOnlyAdmin, operator_action
from apps.operations.audit import Actor

_ASK = "economy.add_refund"


@admin.register(Deposit)
class DepositAdmin(OperatorAdmin):
    """What was paid, where it stands on its chain, and why it bought nothing."""

    list_display = (
        "public_id",
        "payer_address",
        "amount_wei",
        "status",
        "unmatched_reason",
        "chain_id",
        "block_number",
        "first_seen_at",
    )
    list_filter = ("status", "unmatched_reason", "chain_id")
    search_fields = ("public_id", "payer_address", "tx_hash", "nonce")
    actions_detail = (
        "open_page",
        {"title": "Act on this deposit", "icon": "gavel", "items": ["assign", "ask_refund", "ask_surplus"]},
    )

    @action(description="Deposit's page", icon="payments")
    def open_page(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Everything about the deposit on one page."""
        deposit = self.get_object(request, object_id)
        if deposit is None:
            return redirect("admin:economy_deposit_changelist")
        return redirect("console-deposit", deposit.public_id)

    @operator_action(
        description="Let it buy an offer",
        permission=ASSIGN_PERMISSION,
        verb=ASSIGN,
        icon="link",
        second_person=True,
        form=AssignForm,
    )
    def assign(self, deposit: Deposit, *, reason: str, by: Actor, now: datetime, quote: Quote) -> Asked:
        """The deposit pays the offer, whoever paid it and however late: its clone gets the grant, as if it had matched."""
        name = quote.clone.name if quote.clone else quote.clone_name
        summary = (
            f"Let {ether(deposit.amount_wei)} of {deposit.payer_address} buy {quote.tier} for {name}"
            f" ({ether(quote.fee_wei)}, offered to {quote.user})"
        )
        return Asked(summary, {"quote": quote.public_id})

    @operator_action(
        description="Give it back",
        permission=_ASK,
        verb="economy.refund.ask-asked",
        icon="undo",
    )
    def ask_refund(self, deposit: Deposit, *, reason: str, by: Actor, now: datetime) -> str:
        """All of it goes back to the wallet that paid, when another person approves it; it can buy nothing meanwhile."""
        return _asked(deposit, RefundCause.UNMATCHED, reason=reason, by=by)

    @operator_action(
        description="Give the surplus back",
        permission=_ASK,
        verb="economy.refund.ask-asked",
        icon="undo",
    )
    def ask_surplus(self, deposit: Deposit, *, reason: str, by: Actor, now: datetime) -> str:
        """What was paid beyond the price goes back to the wallet that paid, when another person approves it."""
        return _asked(deposit, RefundCause.SURPLUS, reason=reason, by=by)


def _asked(deposit: Deposit, cause: RefundCause, *, reason: str, by: Actor) -> str:
    refund = refunds.ask(deposit=deposit, cause=cause, reason=reason, by=by, now=clock.real_now())
    return f"{ether(refund.amount_wei)} wait for another person to approve: {refund.public_id}."


@admin.register(DepositSighting)
class DepositSightingAdmin(ReadOnlyAdmin):
    """Every look at the chain that changed what is known of a deposit."""

    list_display = ("deposit", "kind", "block_number", "tx_hash", "at")
    list_filter = ("kind",)
    list_select_related = ("deposit",)
    search_fields = ("deposit__public_id", "tx_hash", "block_hash")
