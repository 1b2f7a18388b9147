"""How far each chain was read, in the console, and asking for its books to be held to it now."""

from datetime import datetime

from django.contrib import admin

from apps.economy.models import ChainCursor
from apps.operations import clock, queue
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.audit import Actor

NOW = "economy.reconcile-now"


@admin.register(ChainCursor)
class ChainCursorAdmin(OperatorAdmin):
    """Where reading stands, when it last succeeded, and what went wrong last."""

    list_display = (
        "vault",
        "chain_id",
        "scanned_to",
        "head_number",
        "withdrawals_to",
        "succeeded_at",
        "reconciled_at",
        "last_error",
    )
    actions_list = ("reconcile",)

    @operator_action(
        description="Reconcile now",
        permission="economy.change_chaincursor",
        verb="economy.chain.reconcile-asked",
        icon="sync",
    )
    def reconcile(self, obj: None, *, reason: str, by: Actor, now: datetime) -> str:
        """A worker reads the vaults' events again and holds them against the books; it begins within seconds."""
        minute = int(clock.real_now().timestamp()) // 60
        queue.enqueue(NOW, dedupe_key=f"{NOW}:{minute}")  # who presses twice asks once
        return "A worker begins within seconds. Look again in a minute."
