"""Prop accounts in the console: pause, resume, lock, force out, complete."""

from datetime import datetime

from django.contrib import admin
from unfold.decorators import display

from apps.operations.admin_columns import money
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.audit import Actor
from apps.trading.models import PropAccount
from apps.trading.services import accounts

_CHANGE = "trading.change_propaccount"
_END = "trading.delete_propaccount"


@admin.register(PropAccount)
class PropAccountAdmin(OperatorAdmin):
    """Accounts with their state, what they wait for, and the acts of an operator."""

    list_display = (
        "clone",
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
    search_fields = ("public_id", "clone__name", "clone__public_id")
    actions_detail = (
        {
            "title": "Act on this account",
            "icon": "gavel",
            "items": ["pause", "resume", "lock", "force_out", "complete"],
        },
    )

    @display(description="Profit")
    def profit(self, account: PropAccount) -> str:
        """Equity above or below the start."""
        return money(account.equity_micros - account.starting_micros)

    @operator_action(
        description="Pause", permission=_CHANGE, verb="trading.account.pause-asked", icon="pause"
    )
    def pause(self, account: PropAccount, *, reason: str, by: Actor, now: datetime) -> str:
        """No new decisions and orders; the positions stay and are marked."""
        accounts.pause_account(account=account, reason=reason, by=by, now=now)
        return "The account is paused."

    @operator_action(
        description="Resume", permission=_CHANGE, verb="trading.account.resume-asked", icon="play_arrow"
    )
    def resume(self, account: PropAccount, *, reason: str, by: Actor, now: datetime) -> str:
        """A paused or locked account trades again; its drawdown is measured from today's equity."""
        accounts.resume_account(account=account, reason=reason, by=by, now=now)
        return "The account trades again."

    @operator_action(description="Lock", permission=_CHANGE, verb="trading.account.lock-asked", icon="lock")
    def lock(self, account: PropAccount, *, reason: str, by: Actor, now: datetime) -> str:
        """Like a pause, for a breach."""
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
