"""Prop accounts in the console, and everything that an operator can do about one."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import action, display

from apps.core.errors import Conflict
from apps.operations.admin_columns import money
from apps.operations.admin_kit import Asked, OperatorAdmin, operator_action
from apps.operations.audit import Actor
from apps.trading.admin.forms import AdjustForm
from apps.trading.admin.policy_form import PolicyForm
from apps.trading.held_acts import ADJUST, ADJUST_PERMISSION, FORCE_LIQUIDATE, FORCE_LIQUIDATE_PERMISSION
from apps.trading.models import PropAccount
from apps.trading.queries.policy_figures import readable_changes
from apps.trading.services import accounts, policies
from apps.trading.services.adjusting import require_adjustable
from apps.trading.types import CLOSED_STATUSES

_CHANGE = "trading.change_propaccount"
_END = "trading.delete_propaccount"
_POLICY = "trading.add_policysnapshot"
ACTS = (
    "pause",
    "resume",
    "restrict",
    "halt",
    "lock",
    "force_out",
    "complete",
    "move_policy",
    "adjust",
    "force_liquidate",
)


@admin.register(PropAccount)
class PropAccountAdmin(OperatorAdmin):
    """Accounts with their state, what they wait for, and the acts of an operator."""

    list_display = (
        "opened_page",
        "ordinal",
        "purpose",
        "status",
        "equity_micros",
        "profit",
        "max_drawdown_bps",
        "executed_count",
        "wait_reason",
        "last_marked_at",
    )
    list_filter = ("status", "purpose")
    list_select_related = ("clone",)
    list_display_links = None
    search_fields = ("public_id", "clone__name", "clone__public_id")
    actions_detail = (
        "open_page",
        {"title": "Act on this account", "icon": "gavel", "items": list(ACTS)},
    )

    @display(description="Account", ordering="clone")
    def opened_page(self, account: PropAccount) -> str:
        """The clone, leading to the page of its account."""
        address = reverse("console-account", args=[account.public_id])
        return format_html('<a href="{}" class="pp-link">{}</a>', address, account.clone.name)

    @action(description="Account page", icon="monitoring")
    def open_page(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Everything about the account on one page."""
        account = self.get_object(request, object_id)
        if account is None:
            return redirect("admin:trading_propaccount_changelist")
        return redirect("console-account", account.public_id)

    @display(description="Profit")
    def profit(self, account: PropAccount) -> str:
        """Equity above or below the start."""
        return money(account.equity_micros - account.starting_micros)

    @operator_action(
        description="Pause", permission=_CHANGE, verb="trading.account.pause-asked", icon="pause"
    )
    def pause(self, account: PropAccount, *, reason: str, by: Actor, now: datetime) -> str:
        """No new decisions and no orders of its clone. Stops, targets, liquidation and the drawdown limit still close
        positions; Halt stops those too."""
        accounts.pause_account(account=account, reason=reason, by=by, now=now)
        return "The account is paused."

    @operator_action(
        description="Resume", permission=_CHANGE, verb="trading.account.resume-asked", icon="play_arrow"
    )
    def resume(self, account: PropAccount, *, reason: str, by: Actor, now: datetime) -> str:
        """An account that was held back trades again; its drawdown is measured from today's equity."""
        accounts.resume_account(account=account, reason=reason, by=by, now=now)
        return "The account trades again."

    @operator_action(
        description="Only reduce",
        permission=_CHANGE,
        verb="trading.account.restrict-asked",
        icon="trending_down",
    )
    def restrict(self, account: PropAccount, *, reason: str, by: Actor, now: datetime) -> str:
        """Positions may only shrink; exits of every kind go on working."""
        accounts.restrict_account(account=account, reason=reason, by=by, now=now)
        return "The account may only reduce."

    @operator_action(
        description="Halt",
        permission=_CHANGE,
        verb="trading.account.halt-asked",
        icon="emergency_home",
        irreversible=True,
    )
    def halt(self, account: PropAccount, *, reason: str, by: Actor, now: datetime) -> str:
        """The only state without any fill, stops and liquidation included, until it is resumed. Marks and funding go on."""
        accounts.halt_account(account=account, reason=reason, by=by, now=now)
        return "The account is halted."

    @operator_action(description="Lock", permission=_CHANGE, verb="trading.account.lock-asked", icon="lock")
    def lock(self, account: PropAccount, *, reason: str, by: Actor, now: datetime) -> str:
        """Like a pause, for a breach: stops, targets and liquidation still close positions, Halt stops those too. Only
        resuming lets it trade again."""
        accounts.lock_account(account=account, reason=reason, by=by, now=now)
        return "The account is locked."

    @operator_action(
        description="Close positions and lock",
        permission=_END,
        verb="trading.account.force-out-asked",
        icon="logout",
        irreversible=True,
    )
    def force_out(self, account: PropAccount, *, reason: str, by: Actor, now: datetime) -> str:
        """Every position is closed at the market and the account is locked."""
        accounts.force_exit(account=account, reason=reason, by=by, now=now)
        return "The account is out of the market."

    @operator_action(
        description="Complete for ever",
        permission=_END,
        verb="trading.account.complete-asked",
        icon="flag",
        irreversible=True,
    )
    def complete(self, account: PropAccount, *, reason: str, by: Actor, now: datetime) -> str:
        """Every position is closed at the market and the account ends. This cannot be undone."""
        accounts.close_account(account=account, reason=reason, by=by, now=now)
        return "The account is completed."

    @operator_action(
        description="Move to another policy",
        permission=_POLICY,
        verb="trading.account.policy-asked",
        icon="policy",
        irreversible=True,
        form=PolicyForm,
    )
    def move_policy(
        self,
        account: PropAccount,
        *,
        reason: str,
        by: Actor,
        now: datetime,
        document: dict[str, object],
        sequence: int,
    ) -> str:
        """The rules from now on. Positions beyond them stay, and may only shrink."""
        before = policies.policy_in_force(account)
        moved = policies.move_policy(
            account=account, policy=document, from_sequence=sequence, reason=reason, by=by, now=now
        )
        changes = readable_changes(before, moved.policy)
        said = "; ".join(f"{one.label} {one.before} -> {one.after}" for one in changes)
        return f"Policy {moved.policy_sequence} rules the account: {said}."

    @operator_action(
        description="Adjust cash",
        permission=ADJUST_PERMISSION,
        verb=ADJUST,
        icon="edit_note",
        second_person=True,
        form=AdjustForm,
    )
    def adjust(self, account: PropAccount, *, reason: str, by: Actor, now: datetime, amount: int) -> Asked:
        """Book a correction into the ledger."""
        _require_open(account)
        require_adjustable(account, amount)
        way = "into" if amount > 0 else "out of"
        said = f"Book {money(abs(amount), is_exact=True)} {way} the account of {account.clone.name}"
        return Asked(said, {"amount_micros": amount})

    @operator_action(
        description="Liquidate",
        permission=FORCE_LIQUIDATE_PERMISSION,
        verb=FORCE_LIQUIDATE,
        icon="skull",
        second_person=True,
        irreversible=True,
    )
    def force_liquidate(self, account: PropAccount, *, reason: str, by: Actor, now: datetime) -> Asked:
        """Every position is closed at the market and the account ends as liquidated."""
        _require_open(account)
        return Asked(f"Close every position of {account.clone.name} and end the account as liquidated")


def _require_open(account: PropAccount) -> None:
    if account.status in CLOSED_STATUSES:
        raise Conflict(f"The account is {account.status}: nothing can be asked for any more.")
